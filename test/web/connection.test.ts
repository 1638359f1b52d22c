import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  backoff,
  Connection,
  type ConnectionState,
  type Socket,
  timing,
} from '../../web/src/lib/stream/connection.ts'

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
  terminate(code = 1006): void {
    this.onclose?.({ code })
  }
}

/** A connection in a world whose clock only moves when it is told to. */
function world() {
  const sockets: FakeSocket[] = []
  const messages: unknown[] = []
  const states: ConnectionState[] = []
  const timers: { at: number; run: () => void }[] = []
  let now = 0
  const connection = new Connection(
    'wss://venue/stream',
    { message: (message) => messages.push(message), state: (state) => states.push(state) },
    {
      open: () => {
        const socket = new FakeSocket()
        sockets.push(socket)
        return socket
      },
      after: (milliseconds, run) => {
        const timer = { at: now + milliseconds, run }
        timers.push(timer)
        return () => timers.splice(timers.indexOf(timer), 1)
      },
      random: () => 1,
    },
  )
  function pass(milliseconds: number): void {
    const end = now + milliseconds
    for (;;) {
      const due = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      timers.splice(timers.indexOf(due), 1)
      now = due.at
      due.run()
    }
    now = end
  }
  const newest = (): FakeSocket => {
    const socket = sockets.at(-1)
    if (socket === undefined) throw new Error('no socket was opened')
    return socket
  }
  return { connection, sockets, messages, states, timers, pass, newest }
}

describe('a connection', () => {
  test('is live only once the venue has said something', () => {
    const { connection, newest, states } = world()
    connection.open()
    newest().onopen?.()
    expect(states).toEqual(['connecting'])
    newest().say({ type: 'snapshot' })
    expect(states).toEqual(['connecting', 'live'])
  })

  test('opens another socket after a loss, waiting longer each time, and says offline after three failures', () => {
    const { connection, sockets, newest, states, pass } = world()
    connection.open()
    newest().terminate()
    expect(states.at(-1)).toBe('reconnecting')
    pass(timing.firstDelay - 1)
    expect(sockets.length).toBe(1)
    pass(1)
    expect(sockets.length).toBe(2)
    newest().terminate()
    pass(timing.firstDelay * 2)
    newest().terminate()
    expect(states.at(-1)).toBe('offline')
    pass(timing.firstDelay * 4)
    newest().say({})
    expect(states.at(-1)).toBe('live')
  })

  test('a socket that fell silent is asked once and then given up', () => {
    const { connection, newest, sockets, states, pass } = world()
    connection.open()
    const first = newest()
    first.say({})
    pass(timing.pingAfter)
    expect(first.sent).toEqual(['ping'])
    pass(timing.patience)
    expect(first.closed).toBe(true)
    expect(states.at(-1)).toBe('reconnecting')
    pass(timing.firstDelay)
    expect(sockets.length).toBe(2)
  })

  test('an answered ping keeps it, and "pong" is not passed on', () => {
    const { connection, newest, messages, states, pass } = world()
    connection.open()
    newest().say({ type: 'snapshot' })
    for (let i = 0; i < 5; i++) {
      pass(timing.pingAfter)
      newest().onmessage?.({ data: 'pong' })
    }
    expect(states).toEqual(['connecting', 'live'])
    expect(messages).toEqual([{ type: 'snapshot' }])
  })

  test('what an abandoned socket still says is not listened to', () => {
    const { connection, sockets, messages, newest, pass } = world()
    connection.open()
    const first = newest()
    first.terminate()
    pass(timing.firstDelay)
    newest().say({ from: 'second' })
    first.say({ from: 'first' })
    first.terminate()
    expect(messages).toEqual([{ from: 'second' }])
    expect(sockets.length).toBe(2)
    expect(connection.state).toBe('live')
  })

  test('a refusal by the venue is not tried again', () => {
    const { connection, sockets, newest, states, pass } = world()
    connection.open()
    newest().terminate(1008)
    pass(600_000)
    expect(states.at(-1)).toBe('refused')
    expect(sockets.length).toBe(1)
  })

  test('once closed nothing of it is left running', () => {
    const { connection, sockets, timers, newest, pass } = world()
    connection.open()
    newest().terminate()
    connection.close()
    expect(timers).toEqual([])
    pass(600_000)
    expect(sockets.length).toBe(1)
  })

  test('a message that is not JSON loses that message and not the connection', () => {
    const { connection, newest, messages } = world()
    connection.open()
    newest().onmessage?.({ data: '{' })
    newest().say({ fine: true })
    expect(messages).toEqual([{ fine: true }])
    expect(connection.state).toBe('live')
  })

  test('the wait doubles to its bound, and its upper half is left to chance', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, chance) => {
        const ceiling = Math.min(timing.longestDelay, timing.firstDelay * 2 ** attempt)
        const delay = backoff(attempt, chance)
        expect(delay).toBeGreaterThanOrEqual(Math.floor(ceiling / 2))
        expect(delay).toBeLessThanOrEqual(ceiling)
      }),
    )
  })
})
