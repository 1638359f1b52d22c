import { Random } from '../support/random.ts'
import { CALM, type Dials } from '../support/world.ts'
import type { Size } from './crowd.ts'
import { FAULTS } from './simulate.ts'

/** What kind of a venue a seed makes: small, and so one-sided that it comes deep into what it is about. */
export interface Variety extends Size {
  readonly name: string
  readonly dials: Dials
}

/** Everything goes wrong so many times as often. */
export function moreFaults(factor: number): Dials {
  const more = (chance = 0) => Math.min(0.4, chance * factor)
  return {
    loseBatch: more(FAULTS.loseBatch),
    loseReceipt: more(FAULTS.loseReceipt),
    duplicate: more(FAULTS.duplicate),
    delay: more(FAULTS.delay),
    crash: more(FAULTS.crash),
    fail: more(FAULTS.fail),
    evict: more(FAULTS.evict),
    jump: more(FAULTS.jump),
    lateAlarm: more(FAULTS.lateAlarm),
    failConsumer: more(FAULTS.failConsumer),
  }
}

const VILLAGE = { accounts: 20, leaders: 2, operations: 260 }

const VARIETIES: readonly Variety[] = [
  { ...VILLAGE, name: 'a village', accounts: 40, dials: moreFaults(3) },
  { ...VILLAGE, name: 'few meet in one market', accounts: 6, leaders: 1, markets: 1, dials: moreFaults(3) },
  { ...VILLAGE, name: 'much goes wrong', markets: 2, dials: moreFaults(15) },
  { ...VILLAGE, name: 'nothing goes wrong', markets: 2, dials: CALM },
  {
    ...VILLAGE,
    name: 'objects are put out of memory, and clocks jump',
    markets: 2,
    dials: { ...moreFaults(2), evict: 0.15, jump: 0.03, lateAlarm: 0.2 },
  },
  {
    ...VILLAGE,
    name: 'seconds pass between operations, and marks grow old',
    markets: 2,
    pace: 9_000,
    dials: moreFaults(6),
  },
  {
    ...VILLAGE,
    name: 'objects die and fail at their writes',
    accounts: 10,
    leaders: 1,
    markets: 1,
    dials: { ...moreFaults(1), crash: 0.06, fail: 0.06 },
  },
  {
    ...VILLAGE,
    name: 'messages are lost, repeated and overtaken',
    markets: 1,
    dials: { ...FAULTS, loseBatch: 0.1, loseReceipt: 0.1, duplicate: 0.25, delay: 0.2 },
  },
]

/** The variety of a seed, a little larger or smaller. */
export function varietyOf(seed: number): Variety {
  const random = new Random(seed)
  const variety = VARIETIES[seed % VARIETIES.length]
  if (variety === undefined) throw new Error(`no variety for seed ${seed}`)
  return {
    ...variety,
    accounts: Math.max(variety.leaders + 2, Math.round((variety.accounts * random.between(70, 130)) / 100)),
    operations: Math.round((variety.operations * random.between(60, 120)) / 100),
  }
}
