import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  backoff,
  Connection,
  type ConnectionState,
  type Socket,
  timing,
} from '../../../web/src/lib/stream/connection.ts'
import { STREAM_LIMITS } from '../../../worker/contract/stream.ts'
import { VirtualTime } from './virtualTime.ts'

class FakeSocket implements Socket {
  sent: string[] = []
  closed = false
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  send(text: string): void {
    this.sent.push(text)
  }
  close(): void {
    this.closed = true
  }
  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
  pong(): void {
    this.onmessage?.({ data: 'pong' })
  }
  terminate(code = 1006): void {
    this.onclose?.({ code })
  }
}

/** A connection in a world whose clock only moves when it is told to. */
function world(random = 1) {
  const time = new VirtualTime()
  const sockets: FakeSocket[] = []
  const messages: string[] = []
  const states: ConnectionState[] = []
  const events: string[] = []
  const connection = new Connection(
    'wss://venue/stream',
    {
      opened: () => events.push('opened'),
      lost: () => events.push('lost'),
      message: (message) => messages.push(message),
      state: (state) => states.push(state),
    },
    {
      open: () => {
        const socket = new FakeSocket()
        sockets.push(socket)
        return socket
      },
      after: (milliseconds, run) => time.after(milliseconds, run),
      random: () => random,
    },
  )
  const newest = (): FakeSocket => {
    const socket = sockets.at(-1)
    if (socket === undefined) throw new Error('no socket was opened')
    return socket
  }
  return { connection, sockets, messages, states, events, time, newest }
}

describe('a connection', () => {
  test('is live only once the venue has said something', () => {
    const { connection, newest, states, events } = world()
    connection.open()
    newest().onopen?.()
    expect(events).toEqual(['opened'])
    expect(states).toEqual(['connecting'])
    newest().say({ type: 'snapshot' })
    expect(states).toEqual(['connecting', 'live'])
  })

  test('opens another socket after a loss, waiting longer each time, and says offline after three failures', () => {
    const { connection, sockets, newest, states, time } = world()
    connection.open()
    newest().terminate()
    expect(states.at(-1)).toBe('reconnecting')
    time.pass(timing.firstDelay - 1)
    expect(sockets.length).toBe(1)
    time.pass(1)
    expect(sockets.length).toBe(2)
    newest().terminate()
    time.pass(timing.firstDelay * 2)
    newest().terminate()
    expect(states.at(-1)).toBe('offline')
    time.pass(timing.firstDelay * 4)
    newest().say({})
    expect(states.at(-1)).toBe('live')
  })

  test('asks at once whether the venue is there, then every ten seconds, and never twice without an answer', () => {
    const { connection, newest, messages, states, time } = world()
    connection.open()
    const socket = newest()
    socket.onopen?.()
    expect(socket.sent).toEqual(['ping'])
    socket.pong()
    expect(states.at(-1)).toBe('live')
    time.pass(timing.pingEvery - 1)
    expect(socket.sent).toEqual(['ping'])
    time.pass(1)
    expect(socket.sent).toEqual(['ping', 'ping'])
    // A slow reader: frames still come, and the pong lies behind them.
    for (let second = 0; second < 15; second++) {
      time.pass(1_000)
      socket.say({ second })
    }
    expect(socket.sent).toEqual(['ping', 'ping'])
    socket.pong()
    expect(socket.sent).toEqual(['ping', 'ping', 'ping'])
    expect(states).toEqual(['connecting', 'live'])
    expect(messages.length).toBe(15)
  })

  test('a socket that fell silent is asked once and then given up', () => {
    const { connection, newest, sockets, states, events, time } = world()
    connection.open()
    const first = newest()
    first.onopen?.()
    first.pong()
    time.pass(timing.pingEvery)
    expect(first.sent).toEqual(['ping', 'ping'])
    time.pass(timing.patience)
    expect(first.closed).toBe(true)
    expect(events).toEqual(['opened', 'lost'])
    expect(states.at(-1)).toBe('reconnecting')
    time.pass(timing.firstDelay)
    expect(sockets.length).toBe(2)
  })

  test('a socket that never opens, or opens and says nothing, is given up', () => {
    for (const opens of [false, true]) {
      const { connection, newest, sockets, time } = world()
      connection.open()
      if (opens) newest().onopen?.()
      time.pass(timing.patience + timing.firstDelay)
      expect(sockets.length).toBe(2)
      expect(sockets[0]?.closed).toBe(true)
    }
  })

  test('an answered ping keeps it, and "pong" is not passed on', () => {
    const { connection, newest, messages, states, time } = world()
    connection.open()
    newest().onopen?.()
    newest().say({ type: 'snapshot' })
    for (let i = 0; i < 5; i++) {
      newest().pong()
      time.pass(timing.pingEvery)
    }
    expect(newest().sent.length).toBe(6)
    expect(states).toEqual(['connecting', 'live'])
    expect(messages).toEqual(['{"type":"snapshot"}'])
  })

  test('a venue that takes every socket and drops it is not stormed: only one that held makes the wait short again', () => {
    const { connection, newest, sockets, time } = world()
    connection.open()
    const gaps: number[] = []
    for (let i = 0; i < 8; i++) {
      const before = time.now
      newest().onopen?.()
      newest().pong()
      newest().terminate()
      const count = sockets.length
      while (sockets.length === count) time.pass(1)
      gaps.push(time.now - before)
    }
    expect(gaps).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
    newest().onopen?.()
    newest().pong()
    time.pass(timing.steadyAfter)
    newest().pong()
    newest().terminate()
    const count = sockets.length
    time.pass(timing.firstDelay)
    expect(sockets.length).toBe(count + 1)
  })

  test('what an abandoned socket still says is not listened to', () => {
    const { connection, sockets, messages, newest, time } = world()
    connection.open()
    const first = newest()
    first.terminate()
    time.pass(timing.firstDelay)
    newest().say({ from: 'second' })
    first.onopen?.()
    first.say({ from: 'first' })
    first.terminate()
    expect(messages).toEqual(['{"from":"second"}'])
    expect(sockets.length).toBe(2)
    expect(connection.state).toBe('live')
  })

  test('a refusal by the venue is not tried again', () => {
    const { connection, sockets, newest, states, time } = world()
    connection.open()
    newest().terminate(1008)
    time.pass(600_000)
    expect(states.at(-1)).toBe('refused')
    expect(sockets.length).toBe(1)
  })

  test('once closed nothing of it is left running', () => {
    const { connection, sockets, events, newest, time } = world()
    connection.open()
    newest().onopen?.()
    newest().pong()
    connection.close()
    connection.open()
    newest().terminate()
    connection.close()
    expect(time.pending).toBe(0)
    expect(events).toEqual(['opened', 'lost', 'lost'])
    time.pass(600_000)
    expect(sockets.length).toBe(2)
  })

  test('what cannot be a message costs the socket, since what it was is not known', () => {
    const { connection, newest, sockets, messages, time } = world()
    connection.open()
    newest().onopen?.()
    newest().onmessage?.({ data: new ArrayBuffer(3) })
    expect(sockets[0]?.closed).toBe(true)
    time.pass(timing.firstDelay)
    newest().say({ fine: true })
    expect(messages).toEqual(['{"fine":true}'])
    expect(connection.state).toBe('live')
  })

  test('word of the network is looked into at once: a wait is cut short, a socket is asked', () => {
    const { connection, newest, sockets, time } = world()
    connection.open()
    newest().terminate()
    connection.check()
    expect(sockets.length).toBe(2)
    newest().onopen?.()
    newest().pong()
    connection.check()
    connection.check()
    expect(newest().sent).toEqual(['ping', 'ping'])
    time.pass(timing.patience)
    expect(sockets[1]?.closed).toBe(true)
  })

  test('the wait is anything up to a ceiling that doubles to its bound', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, chance) => {
        const ceiling = Math.min(timing.longestDelay, timing.firstDelay * 2 ** attempt)
        expect(backoff(attempt, chance)).toBe(Math.round(ceiling * chance))
      }),
    )
  })

  test('it pings as often as the venue asks for', () => {
    expect(timing.pingEvery).toBeLessThanOrEqual(STREAM_LIMITS.pingEveryMs)
    expect(timing.pingEvery + timing.patience).toBeLessThan(STREAM_LIMITS.slowAfterMs)
  })
})
