import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Address } from '../../worker/messaging/address.ts'
import { VirtualObject } from '../support/virtualObject.ts'
import { CALM, type Dials, World } from '../support/world.ts'
import { armTimer, say, type Talk, type TalkEvent, talkerDomain } from './talkers.ts'

const NAMES: readonly Address[] = ['account/ada', 'market/BTC-USDT', 'pool/ada']
const QUEUE: Address = 'queue/market-events'
const START = Date.UTC(2026, 0, 1)

interface Command {
  readonly by: number
  readonly to: readonly number[]
  readonly words: number
  readonly answers: number
  readonly timerIn: number | null
  readonly pause: number
}

/** Talkers that say what the commands tell them, each command at its time, with the dials on; then everything calms down. */
class Conversation {
  readonly world: World
  readonly queued = new Map<string, string>()
  readonly #talkers: VirtualObject<Talk, TalkEvent>[]

  constructor(seed: number, dials: Dials) {
    this.world = new World({
      seed,
      dials,
      start: START,
      make: (address, world) => new VirtualObject(world, address, talkerDomain),
      queue: (_queue, source, sequence, body) => this.#enqueue(source, sequence, body),
    })
    this.#talkers = NAMES.map((name) => new VirtualObject(this.world, name, talkerDomain))
    for (const talker of this.#talkers) this.world.place(talker)
  }

  talker(index: number): VirtualObject<Talk, TalkEvent> {
    const talker = this.#talkers[index]
    if (talker === undefined) throw new Error(`no talker ${index}`)
    return talker
  }

  async hold(commands: readonly Command[]): Promise<void> {
    for (const command of commands) {
      this.#perform(command)
      await this.world.runUntil(this.world.now + command.pause)
    }
    await this.world.quiesce()
  }

  #perform({ by, to, words, answers, timerIn }: Command): void {
    const receivers = to.map((index) => NAMES[index] ?? QUEUE)
    const talker = this.talker(by)
    try {
      talker.execute((state) => say(state, receivers, words, answers))
      if (timerIn !== null) talker.execute((state) => armTimer(state, this.world.now + timerIn))
    } catch {
      // The object died or its disk failed. Whether the command was done is for its rows to say.
    }
  }

  #enqueue(source: Address, sequence: number, body: string): void {
    const key = `${source} ${sequence}`
    const before = this.queued.get(key)
    if (before !== undefined && before !== body) throw new Error(`${key} was sent with two bodies`)
    this.queued.set(key, body)
  }

  /** What was said by one to the other, and what the other heard of it. */
  check(): void {
    NAMES.forEach((sender, from) => {
      const { said } = this.talker(from).state
      NAMES.forEach((receiver, to) => {
        const { heard } = this.talker(to).state
        const texts = (notes: Talk['said'], peer: Address) =>
          notes.filter((note) => note.peer === peer).map((note) => note.text)
        expect(texts(heard, sender), `${receiver} of ${sender}`).toEqual(texts(said, receiver))
      })
      const toQueue = said.filter((note) => note.peer === QUEUE).length
      const sequences = Array.from({ length: toQueue }, (_, index) => `${sender} ${index + 1}`)
      const queued = [...this.queued.keys()].filter((key) => key.startsWith(`${sender} `))
      expect(new Set(queued)).toEqual(new Set(sequences))
    })
    for (const talker of this.#talkers) {
      expect(talker.state.ticks, `timers of ${talker.address}`).toBe(talker.state.armed)
      expect(talker.disk.rows('outbox')).toEqual([])
      expect(talker.disk.rows('due_time')).toEqual([])
      const inMemory = structuredClone(talker.state)
      expect(talker.stateOfRows()).toEqual(inMemory)
    }
  }
}

const probability = (most: number) => fc.double({ min: 0, max: most, noNaN: true })
const dials: fc.Arbitrary<Dials> = fc.record({
  loseBatch: probability(0.4),
  loseReceipt: probability(0.4),
  duplicate: probability(0.4),
  delay: probability(0.4),
  crash: probability(0.3),
  fail: probability(0.2),
  evict: probability(0.2),
})

const command: fc.Arbitrary<Command> = fc.record({
  by: fc.nat(NAMES.length - 1),
  // One past the last talker is the queue.
  to: fc.uniqueArray(fc.nat(NAMES.length), { minLength: 1, maxLength: 3 }),
  words: fc.oneof(
    { weight: 15, arbitrary: fc.integer({ min: 1, max: 4 }) },
    { weight: 1, arbitrary: fc.constant(130) },
  ),
  answers: fc.nat(3),
  timerIn: fc.option(fc.nat(20_000)),
  pause: fc.oneof(fc.nat(20), fc.nat(5_000)),
})

describe('messages between objects', () => {
  it('are each applied exactly once and in order, whatever is lost, repeated, held up, or dies', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        dials,
        fc.array(command, { minLength: 1, maxLength: 25 }),
        async (seed, faults, commands) => {
          const conversation = new Conversation(seed, faults)
          await conversation.hold(commands)
          conversation.check()
        },
      ),
      { numRuns: 200 },
    )
  }, 60_000)

  const script: readonly Command[] = [
    { by: 0, to: [1, 2], words: 2, answers: 2, timerIn: 700, pause: 3 },
    { by: 1, to: [0, 3], words: 1, answers: 0, timerIn: null, pause: 30 },
    { by: 2, to: [1], words: 3, answers: 1, timerIn: 10, pause: 2_000 },
    { by: 0, to: [0, 1], words: 1, answers: 1, timerIn: null, pause: 100 },
  ]

  /** Steps that each talker takes when nothing goes wrong: every write, every begin and every end of a commit. */
  async function stepsOf(index: number): Promise<number> {
    const conversation = new Conversation(1, CALM)
    await conversation.hold(script)
    return conversation.talker(index).steps
  }

  it.each([0, 1, 2])(
    'survive the death of talker %i at every single write',
    async (index) => {
      const steps = await stepsOf(index)
      expect(steps).toBeGreaterThan(30)
      for (let step = 1; step <= steps; step += 1) {
        const conversation = new Conversation(1, CALM)
        conversation.talker(index).crashAt(step)
        await conversation.hold(script)
        expect(conversation.world.counts.crashes, `at step ${step}`).toBe(1)
        conversation.check()
      }
    },
    60_000,
  )

  it('leave nothing behind when all goes well: no row, no failure, one alarm at most for each object', async () => {
    const conversation = new Conversation(7, CALM)
    await conversation.hold([{ by: 0, to: [1], words: 5, answers: 0, timerIn: null, pause: 10 }])
    conversation.check()
    expect(conversation.world.faults).toEqual([])
    expect(conversation.world.counts).toMatchObject({ batches: 1, messages: 5, alarms: 1 })
  })
})
