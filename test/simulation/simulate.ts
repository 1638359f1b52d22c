import { Random } from '../support/random.ts'
import type { StepKind, Steps } from '../support/sqliteStore.ts'
import type { Dials, LogLine, World } from '../support/world.ts'
import { marketsOf, type Size } from './crowd.ts'
import { brokenLaws } from './laws.ts'
import { nothingLeftInPools } from './moneyLaws.ts'
import { Traffic } from './traffic.ts'
import { type Plant, Venue } from './venue.ts'

/** What the issue asks for. */
export const FULL_SIZE: Size = { accounts: 1_000, leaders: 10, operations: 100_000 }

/** Of each batch and each turn. A run has some thousand of each kind. */
export const FAULTS: Dials = {
  loseBatch: 0.004,
  loseReceipt: 0.004,
  duplicate: 0.01,
  delay: 0.01,
  crash: 0.002,
  fail: 0.001,
  evict: 0.002,
  jump: 0.0005,
  lateAlarm: 0.01,
  failConsumer: 0.02,
}

/** A part of a seed's history. */
export interface Excerpt {
  /** Operations that are done, by number from 1 on; all when left out. */
  readonly only?: ReadonlySet<number>
  /** Faults that strike, by name, of those that the dice say; all when left out. */
  readonly mayStrike?: ReadonlySet<string>
  /** The first object of that kind (`market`) to take such a step (`INSERT trade`) dies at it, whatever the dice say. */
  readonly crashOn?: { readonly object: string; readonly kind: StepKind }
}

/** Milliseconds between two operations, on average. */
const PACE = 15

export interface Outcome {
  readonly seed: number
  readonly broken: readonly string[]
  readonly operations: ReadonlyMap<string, number>
  readonly counts: World['counts']
  readonly trades: number
  readonly copies: number
  readonly virtualSeconds: number
  readonly rowsWritten: number
  /** A digest of where it ended, equal for equal seeds. */
  readonly digest: string
  /** What was done and what went wrong, in order. The chapter of an operation is its number. */
  readonly log: readonly LogLine[]
  /** Steps of the objects' stores by kind of object, and how many of them were a crash or a failure. */
  readonly steps: ReadonlyMap<string, Steps>
}

/** Virtual milliseconds in which a venue comes to rest, several times over; a stuck one is not tried for longer. */
const REST_MS = 900_000

/** Half minutes that a closing is given; most are done in one or two. */
const CLOSING_ROUNDS = 20

/**
 * One seed from an empty venue to one at rest: traffic with everything going wrong, then quiet, then everybody leaves
 * their leaders, and quiet again. The laws are looked at twice.
 */
export async function simulate(
  seed: number,
  size: Size = FULL_SIZE,
  faults: Dials = FAULTS,
  plant: Plant = {},
  { only, mayStrike, crashOn }: Excerpt = {},
): Promise<Outcome> {
  const venue = new Venue(seed, faults, plant, mayStrike, marketsOf(size))
  const { world } = venue
  if (crashOn !== undefined) world.stepsOf(crashOn.object).surelyCrashOn = crashOn.kind
  const traffic = new Traffic(venue, size)
  let broken: string[]
  try {
    broken = await live(seed, venue, traffic, size, only)
  } catch (fault) {
    // What a person or the house does throws nothing but the crashes and failures that are planned for.
    broken = [...venue.violations, `law 3: the venue cannot go on: ${String(fault)}`]
  }
  return outcomeOf(seed, venue, traffic, broken)
}

async function live(
  seed: number,
  venue: Venue,
  traffic: Traffic,
  size: Size,
  only: ReadonlySet<number> | undefined,
): Promise<string[]> {
  const { world } = venue
  traffic.open()
  await world.runUntil(world.now + 1_000)
  const salts = new Random(seed)
  for (let operation = 1; operation <= size.operations; operation += 1) {
    const salt = salts.below(2 ** 31)
    if (only?.has(operation) === false) continue
    world.begin(`${operation}`, salt)
    traffic.operate()
    await world.runUntil(world.now + world.random.below(2 * (size.pace ?? PACE) + 1))
    venue.look()
    if (venue.violations.length > 0) break
  }
  world.begin('end', seed)
  world.calm()
  traffic.openMarkets()
  await quoteUntil(venue, traffic, () => !someoneIsLeaving(venue))
  const broken = await atRest(venue, traffic)
  if (broken.length > 0) return broken
  traffic.unfollowAll()
  await quoteUntil(venue, traffic, () => nothingLeftInPools(venue).length === 0)
  return [...(await atRest(venue, traffic)), ...nothingLeftInPools(venue)]
}

/**
 * A closing sells over several tries, and the house has to be there to buy: without it the pools go on trying, and the
 * venue never comes to rest.
 */
async function quoteUntil(venue: Venue, traffic: Traffic, done: () => boolean): Promise<void> {
  for (let round = 0; round < CLOSING_ROUNDS && !done(); round += 1) {
    for (const market of traffic.crowd.markets) traffic.requote(market)
    await venue.world.runUntil(venue.world.now + 30_000)
  }
}

function someoneIsLeaving(venue: Venue): boolean {
  return [...venue.pools.values()].some((pool) =>
    [...pool.state.follows.values()].some((follow) => follow.status === 'closing'),
  )
}

/** The laws that are broken once everything is delivered; that not everything can be is one of them. */
async function atRest(venue: Venue, traffic: Traffic): Promise<string[]> {
  try {
    await venue.world.quiesce(REST_MS)
  } catch (error) {
    return [
      `law 3: ${String(error)}`,
      ...venue.world.faults
        .slice(-5)
        .map(({ address, fault }) => `law 3: ${address}: ${String(fault.error)}`),
    ]
  }
  return brokenLaws(venue, traffic.crowd)
}

function outcomeOf(seed: number, venue: Venue, traffic: Traffic, broken: readonly string[]): Outcome {
  const { world } = venue
  const trades = [...venue.trades.values()].reduce((sum, of) => sum + of.size, 0)
  const copies = venue.pages.reduce(
    (sum, page) => sum + page.copies.filter((copy) => copy.quantity > 0n).length,
    0,
  )
  const objects = [...venue.accounts.values(), ...venue.markets.values(), ...venue.pools.values()]
  const rowsWritten = objects.reduce((sum, object) => sum + object.rowsWritten, 0)
  const virtualSeconds = Math.round((world.now - Date.UTC(2026, 0, 5)) / 1_000)
  const { counts } = world
  const digest = [
    trades,
    copies,
    rowsWritten,
    world.now,
    world.random.below(2 ** 32),
    ...Object.values(counts),
  ].join('-')
  return {
    seed,
    broken,
    operations: traffic.crowd.counts,
    counts,
    trades,
    copies,
    virtualSeconds,
    rowsWritten,
    digest,
    log: world.log,
    steps: world.steps,
  }
}
