import { describe, expect, it } from 'vitest'
import { Actor } from '../../worker/messaging/actor.ts'
import type { Address } from '../../worker/messaging/address.ts'
import { encode } from '../../worker/messaging/codec.ts'
import type { Fault } from '../../worker/messaging/fault.ts'
import { OUTBOX_TABLES, SLOTS_KEPT } from '../../worker/messaging/outbox.ts'
import { STREAM_TABLES } from '../../worker/messaging/positions.ts'
import { RETRY_LONGEST_MS } from '../../worker/messaging/retries.ts'
import { migrate } from '../../worker/messaging/store.ts'
import type { Batch, Receipt } from '../../worker/messaging/stream.ts'
import { Disk } from '../support/sqliteStore.ts'
import { armTimer, cured, say, type Talk, type TalkEvent, talkerDomain } from './talkers.ts'

const ADA: Address = 'account/ada'
const BTC: Address = 'market/BTC-USDT'
const ETH: Address = 'market/ETH-USDT'

/** One actor, with a network that the test answers for it. */
class Alone {
  now = 1_000_000
  alarmAt: number | null = null
  readonly disk = new Disk()
  readonly store = this.disk.open()
  readonly sent: { batch: Batch; resolve: (receipt: Receipt) => void; reject: (error: Error) => void }[] = []
  readonly faults: Fault[] = []
  readonly actor: Actor<Talk, TalkEvent>

  constructor(address: Address = ADA) {
    const moment = () => this.now
    this.actor = new Actor(address, talkerDomain, {
      store: this.store,
      moment: {
        get now() {
          return moment()
        },
        newId: () => 'unused',
      },
      transport: {
        deliver: (batch) => {
          const { promise, resolve, reject } = Promise.withResolvers<Receipt>()
          this.sent.push({ batch, resolve, reject })
          return promise
        },
      },
      armAlarm: (at) => {
        this.alarmAt = at
      },
      report: (fault) => this.faults.push(fault),
    })
  }

  say(to: readonly Address[], words = 1, answers = 0): void {
    this.actor.execute((state) => say(state, to, words, answers))
  }

  /** The deliveries that nobody has answered yet. */
  take(): { batch: Batch; resolve: (receipt: Receipt) => void; reject: (error: Error) => void } {
    const next = this.sent.shift()
    if (next === undefined) throw new Error('nothing was sent')
    return next
  }

  async answer(receipt: Partial<Receipt> & { applied: number }): Promise<void> {
    this.take().resolve({ back: null, ...receipt })
    await settle()
  }

  async fail(): Promise<void> {
    this.take().reject(new Error('unreachable'))
    await settle()
  }

  /** Lets the clock go to the alarm and fires it, as the platform does. */
  async ring(): Promise<void> {
    if (this.alarmAt === null) throw new Error('no alarm is armed')
    this.now = Math.max(this.now, this.alarmAt)
    this.alarmAt = null
    this.actor.alarm()
    await settle()
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await null
}

const word = (text: string, more: { answers?: number; poison?: boolean } = {}): string =>
  encode({ text, answers: 0, ...more })

const batch = (from: Address, first: number, messages: readonly string[], acknowledged = 0): Batch => ({
  from,
  to: ADA,
  first,
  messages,
  acknowledged,
})

const texts = (object: Alone): string[] => object.actor.state.heard.map((note) => note.text)

describe('a batch', () => {
  it('is refused whole after a gap, and the receipt says from where to send again', () => {
    const ada = new Alone()
    expect(ada.actor.receive(batch(BTC, 2, [word('b')]))).toEqual({ applied: 0, back: null })
    expect(ada.actor.receive(batch(BTC, 1, [word('a'), word('b')])).applied).toBe(2)
    expect(texts(ada)).toEqual(['a', 'b'])
  })

  it('that overlaps what is applied is applied from where it is new', () => {
    const ada = new Alone()
    ada.actor.receive(batch(BTC, 1, [word('a'), word('b')]))
    expect(ada.actor.receive(batch(BTC, 1, [word('a'), word('b'), word('c')])).applied).toBe(3)
    expect(texts(ada)).toEqual(['a', 'b', 'c'])
  })

  it('for somebody else is a fault of ours and throws', () => {
    const ada = new Alone()
    expect(() => ada.actor.receive({ ...batch(BTC, 1, [word('a')]), to: ETH })).toThrow('market/ETH-USDT')
  })

  it('that acknowledges what was never sent throws: rows were lost, and new messages would pass for repeats', () => {
    const ada = new Alone()
    expect(() => ada.actor.receive(batch(BTC, 1, [], 5))).toThrow('has applied 5 of 0')
  })
})

describe('what an object has for whoever writes to it', () => {
  it('goes back in the receipt, and not in a delivery of its own', () => {
    const ada = new Alone()
    const receipt = ada.actor.receive(batch(BTC, 1, [word('a', { answers: 1 })]))
    expect(receipt.back).toMatchObject({ from: ADA, to: BTC, first: 1, acknowledged: 1 })
    expect(ada.sent).toEqual([])
  })

  it('is forgotten when the next batch acknowledges it', () => {
    const ada = new Alone()
    ada.actor.receive(batch(BTC, 1, [word('a', { answers: 1 })]))
    expect(ada.actor.receive(batch(BTC, 2, [word('b')], 1)).back).toBeNull()
    expect(ada.disk.rows('outbox')).toEqual([])
  })

  it('is delivered after the longest wait when no batch came', async () => {
    const ada = new Alone()
    ada.actor.receive(batch(BTC, 1, [word('a', { answers: 1 })]))
    const { now } = ada
    await ada.ring()
    expect(ada.now - now).toBe(RETRY_LONGEST_MS)
    expect(ada.take().batch).toMatchObject({ to: BTC, first: 1 })
  })

  it('is applied by the one who asked, in the turn that forgets the question', async () => {
    const ada = new Alone()
    ada.say([BTC])
    const back = { from: BTC, to: ADA, first: 1, messages: [word('answer')], acknowledged: 1 }
    await ada.answer({ applied: 1, back })
    expect(texts(ada)).toEqual(['answer'])
    expect(ada.disk.rows('outbox')).toEqual([])
    expect(ada.disk.rows('stream')).toEqual([{ peer: BTC, acknowledged: 1, applied: 1 }])
  })
})

describe('a delivery', () => {
  it('takes what was said while it was under way in the next batch, one at a time', async () => {
    const ada = new Alone()
    ada.say([BTC])
    ada.say([BTC], 2)
    expect(ada.sent).toHaveLength(1)
    await ada.answer({ applied: 1 })
    expect(ada.take().batch).toMatchObject({ first: 2, messages: [expect.anything(), expect.anything()] })
  })

  it('that fails is tried again after a second, two, four … a minute, and told from the fifth failure on', async () => {
    const ada = new Alone()
    ada.say([BTC])
    const waits: number[] = []
    for (let attempt = 0; attempt < 9; attempt += 1) {
      await ada.fail()
      const { now } = ada
      await ada.ring()
      while (ada.sent.length === 0) await ada.ring()
      waits.push(ada.now - now)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000))
    expect(ada.faults.map((fault) => fault.kind === 'deliver' && fault.failures)).toEqual([5, 6, 7, 8, 9])
  })

  it('to one receiver does not wait for another that fails, nor take over its failures', async () => {
    const ada = new Alone()
    ada.say([BTC])
    await ada.fail()
    await ada.ring()
    await ada.fail()
    ada.say([ETH])
    expect(ada.take().batch.to).toBe(ETH)
    expect(ada.sent).toEqual([])
  })

  it('is not begun by new messages while its receiver is being left alone', async () => {
    const ada = new Alone()
    ada.say([BTC])
    await ada.fail()
    ada.say([BTC])
    expect(ada.sent).toEqual([])
    await ada.ring()
    expect(ada.take().batch.messages).toHaveLength(2)
  })

  it('that a caller waits for begins at once all the same, and never rejects', async () => {
    const ada = new Alone()
    ada.say([BTC])
    await ada.fail()
    const delivered = ada.actor.deliver(BTC)
    await ada.fail()
    await expect(delivered).resolves.toBeUndefined()
  })

  it('of which nothing is taken counts as a failure', async () => {
    const ada = new Alone()
    ada.say([BTC])
    await ada.answer({ applied: 0 })
    expect(ada.sent).toEqual([])
    await ada.ring()
    expect(ada.sent).toHaveLength(1)
  })

  it('goes on where a receiver took a part', async () => {
    const ada = new Alone()
    ada.say([BTC], 5)
    await ada.answer({ applied: 2 })
    expect(ada.take().batch).toMatchObject({ first: 3, messages: { length: 3 } })
  })

  it('leaves in batches of a hundred', async () => {
    const ada = new Alone()
    ada.say([BTC], 130)
    expect(ada.sent[0]?.batch.messages).toHaveLength(100)
    await ada.answer({ applied: 100 })
    expect(ada.take().batch).toMatchObject({ first: 101, messages: { length: 30 } })
  })

  it('is one of 32 at a time when many receivers wait', async () => {
    const ada = new Alone()
    const many = Array.from({ length: 40 }, (_, index): Address => `account/${index}`)
    ada.say(many)
    expect(ada.sent).toHaveLength(32)
    await ada.answer({ applied: 1 })
    expect(ada.sent).toHaveLength(32)
  })

  it('whose answer comes after the object was loaded anew is put to use all the same', async () => {
    const ada = new Alone()
    ada.say([BTC])
    const under = ada.take()
    ada.store.failAt(1)
    expect(() => ada.say([ETH])).toThrow('full')
    under.resolve({ applied: 1, back: null })
    await settle()
    await ada.ring()
    expect(ada.disk.rows('outbox')).toEqual([])
    expect(ada.sent).toEqual([])
  })

  it('costs no row and no second alarm when all goes well', async () => {
    const ada = new Alone()
    ada.actor.wake()
    const before = ada.store.rowsWritten
    ada.say([BTC])
    await ada.answer({ applied: 1 })
    // The note of what was said, and the message.
    expect(ada.store.rowsWritten - before).toBe(2)
    expect(ada.disk.rows('due_time')).toEqual([])
    await ada.ring()
    // How far the streams are, once for all that was acknowledged since the alarm before.
    expect(ada.store.rowsWritten - before).toBe(3)
    expect(ada.alarmAt).toBeNull()
  })
})

describe('the rows of what was sent', () => {
  const words = (ada: Alone) => ada.disk.query('SELECT slot, receiver, sequence FROM message ORDER BY slot')

  it('are used again once the acknowledgement is written, and not before', async () => {
    const ada = new Alone()
    ada.say([BTC])
    await ada.answer({ applied: 1 })
    ada.say([BTC])
    expect(words(ada)).toMatchObject([
      { slot: 1, sequence: 1 },
      { slot: 2, sequence: 2 },
    ])
    await ada.answer({ applied: 2 })
    await ada.ring()
    ada.say([ETH, BTC])
    expect(words(ada)).toHaveLength(2)
    expect(ada.disk.rows('outbox')).toMatchObject([
      { receiver: BTC, sequence: 3 },
      { receiver: ETH, sequence: 1 },
    ])
  })

  it('tell an object that wakes what waits: what was acknowledged and not written is sent once more, under its number', async () => {
    const ada = new Alone()
    ada.say([BTC])
    ada.say([ETH])
    await ada.answer({ applied: 1 })
    await ada.answer({ applied: 1 })
    ada.store.failAt(1)
    expect(() => ada.say([BTC])).toThrow('full')
    ada.say([BTC])
    expect(ada.take().batch).toMatchObject({
      to: BTC,
      first: 1,
      messages: [expect.anything(), expect.anything()],
    })
  })

  it('are carried over from the table that had a row for each message until it was deleted', async () => {
    const ada = new Alone()
    const { store } = ada
    migrate(store, 'stream', STREAM_TABLES)
    migrate(store, 'outbox', OUTBOX_TABLES.slice(0, 1))
    // To BTC two of seven wait; to ETH the first and only one, which wrote no row of its stream; nothing waits for the third.
    store.run('INSERT INTO stream (peer, sent, applied) VALUES (?, 7, 4), (?, 9, 2)', BTC, 'pool/ada')
    for (const [to, sequence] of [
      [BTC, 6],
      [BTC, 7],
      [ETH, 1],
    ] as const)
      store.run(
        'INSERT INTO outbox (receiver, sequence, body) VALUES (?, ?, ?)',
        to,
        sequence,
        word(`${sequence}`),
      )
    const outbox = () => ada.disk.query('SELECT receiver, sequence FROM outbox ORDER BY receiver, sequence')
    ada.actor.wake()
    expect(outbox()).toEqual([
      { receiver: BTC, sequence: 6 },
      { receiver: BTC, sequence: 7 },
      { receiver: ETH, sequence: 1 },
    ])
    ada.say([BTC, ETH, 'pool/ada'])
    const sent = ada.sent.map(({ batch }) => [batch.to, batch.first, batch.messages.length])
    expect(sent.sort()).toEqual([
      [BTC, 6, 3],
      [ETH, 1, 2],
      ['pool/ada', 10, 1],
    ])
    expect(ada.actor.receive(batch(BTC, 5, [word('e')], 5)).applied).toBe(5)
  })

  it('are as many as waited at once, and some', async () => {
    const ada = new Alone()
    for (let time = 0; time < 4; time += 1) {
      ada.say([BTC], 3 * SLOTS_KEPT)
      await ada.answer({ applied: ada.sent[0]?.batch.first ?? 0 })
      while (ada.sent.length > 0) {
        const { first, messages } = ada.sent[0]?.batch ?? { first: 0, messages: [] }
        await ada.answer({ applied: first + messages.length - 1 })
      }
    }
    await ada.ring()
    expect(ada.disk.rows('outbox')).toEqual([])
    expect(words(ada).length).toBeLessThanOrEqual(2 * SLOTS_KEPT)
  })
})

describe('a message that throws', () => {
  it('stops its stream there: those before it are applied, those after it wait, and it is told each time', () => {
    const ada = new Alone()
    const poisoned = batch(BTC, 1, [word('a'), word('x', { poison: true }), word('c')])
    expect(ada.actor.receive(poisoned).applied).toBe(1)
    expect(ada.actor.receive(poisoned).applied).toBe(1)
    expect(texts(ada)).toEqual(['a'])
    expect(ada.faults).toMatchObject([
      { kind: 'receive', from: BTC, sequence: 2 },
      { kind: 'receive', from: BTC, sequence: 2 },
    ])
  })

  it('does not stop any other stream, nor what the batch acknowledges', async () => {
    const ada = new Alone()
    ada.say([BTC])
    ada.actor.receive(batch(BTC, 1, [word('y', { poison: true })], 1))
    await ada.ring()
    expect(ada.disk.rows('outbox')).toEqual([])
    expect(ada.actor.receive(batch(ETH, 1, [word('b')])).applied).toBe(1)
    expect(texts(ada)).toEqual(['b'])
  })

  it('is applied once the fault is mended, and the stream goes on by itself', () => {
    const ada = new Alone()
    const poisoned = batch(BTC, 1, [word('to be cured', { poison: true }), word('c')])
    ada.actor.receive(poisoned)
    cured.add('to be cured')
    expect(ada.actor.receive(poisoned).applied).toBe(2)
    expect(texts(ada)).toEqual(['to be cured', 'c'])
  })

  it('in a receipt leaves the sender free to go on sending', async () => {
    const ada = new Alone()
    ada.say([BTC])
    const messages = [word('z', { poison: true })]
    await ada.answer({ applied: 1, back: { from: BTC, to: ADA, first: 1, messages, acknowledged: 1 } })
    await ada.ring()
    expect(ada.disk.rows('outbox')).toEqual([])
    expect(ada.faults).toMatchObject([{ kind: 'receive', from: BTC, sequence: 1 }])
  })

  it('that is no message at all is told like one', () => {
    const ada = new Alone()
    expect(ada.actor.receive(batch(BTC, 1, ['{"text":'])).applied).toBe(0)
    expect(ada.faults).toMatchObject([{ kind: 'receive', from: BTC, sequence: 1 }])
  })
})

describe('a due time', () => {
  it('comes once, and not before its time, however early and often the alarm rings', async () => {
    const ada = new Alone()
    ada.actor.execute((state) => armTimer(state, ada.now + 500))
    ada.actor.alarm()
    expect(ada.actor.state.ticks).toBe(0)
    await ada.ring()
    ada.actor.alarm()
    expect(ada.actor.state.ticks).toBe(1)
  })

  it('that throws holds back no other, is told, and is tried again with growing waits until it works', async () => {
    const ada = new Alone()
    const key = ada.actor.execute((state) => armTimer(state, ada.now + 500, 'poison'))
    ada.actor.execute((state) => armTimer(state, ada.now + 500))
    await ada.ring()
    expect(ada.actor.state.ticks).toBe(1)
    const first = ada.now
    await ada.ring()
    await ada.ring()
    expect(ada.now - first).toBe(3_000)
    expect(ada.faults).toMatchObject([1, 2, 3].map((failures) => ({ kind: 'due', key, failures })))
    cured.add(key)
    await ada.ring()
    expect(ada.actor.state.ticks).toBe(2)
    expect(ada.disk.rows('due_time')).toEqual([])
  })

  it('is armed for the earliest, in whatever order they were set', () => {
    const ada = new Alone()
    ada.actor.execute((state) => armTimer(state, ada.now + 5_000))
    ada.actor.execute((state) => armTimer(state, ada.now + 500))
    ada.actor.execute((state) => armTimer(state, ada.now + 9_000))
    expect(ada.alarmAt).toBe(ada.now + 500)
  })
})

describe('an object that wakes', () => {
  it('arms its alarm for what its rows say is to be done', () => {
    const ada = new Alone()
    ada.say([BTC])
    ada.actor.execute((state) => armTimer(state, ada.now + 90_000))
    const woken = new Alone()
    const again = new Actor(ADA, talkerDomain, {
      store: ada.disk.open(),
      moment: { now: ada.now, newId: () => 'unused' },
      transport: { deliver: () => new Promise(() => {}) },
      armAlarm: (at) => {
        woken.alarmAt = at
      },
    })
    again.wake()
    expect(woken.alarmAt).toBe(ada.now)
  })
})

describe('at its bounds', () => {
  const overfill = (object: Alone, to: Address, words: number) => {
    for (let said = 0; said < words; said += 1_000) object.say([to], 1_000)
  }

  it('a market takes no more from an account that does not take its answers, until it does', () => {
    const btc = new Alone(BTC)
    overfill(btc, ADA, 10_001)
    const order: Batch = { from: ADA, to: BTC, first: 1, messages: [word('a')], acknowledged: 0 }
    expect(btc.actor.receive(order).applied).toBe(0)
    expect(btc.actor.receive({ ...order, acknowledged: 5_000 }).applied).toBe(1)
  })

  it('an account still takes from a market that takes nothing: two that refused each other would wait for ever', () => {
    const ada = new Alone()
    overfill(ada, BTC, 10_001)
    expect(ada.actor.receive(batch(BTC, 1, [word('a')])).applied).toBe(1)
  })
})
