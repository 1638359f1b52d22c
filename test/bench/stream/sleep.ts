import { setTimeout as wait } from 'node:timers/promises'
import { print, type Report } from '../report.ts'
import type { Server } from './server.ts'
import { BareSocket } from './socket.ts'

const MARKET = 'SOL-USDT'
const ACCOUNT = 'sleeper'
const SOCKETS = 100
/** An object is put to sleep after ten seconds without an event. */
const IDLE_MS = 20_000
const PING_MS = 5_000

/**
 * Shows that objects sleep with their sockets: they are built anew by the first thing that happens after an idle time, in
 * which every "ping" was answered and none of them was built, and then all sockets are told.
 */
export async function showSleep(server: Server, report: Report): Promise<void> {
  const halted = await Watched.connect(server, SOCKETS, `/api/v1/stream/markets/${MARKET}`)
  const account = await Watched.connect(server, 1, `/bench/account?name=${ACCOUNT}`)
  await server.ask('status', { name: MARKET, status: 'halted' })
  await wait(1_000)
  const cases = [
    {
      name: 'a halted market',
      key: `market/${MARKET}`,
      watched: halted,
      act: () => server.ask('status', { name: MARKET, status: 'open' }),
    },
    {
      name: 'an account',
      key: `account/${ACCOUNT}`,
      watched: account,
      act: () => server.ask('account/open', { name: ACCOUNT }),
    },
  ]
  const before = await Promise.all(cases.map(({ key }) => server.ask('built', { name: key })))
  for (const { watched } of cases) watched.reset()
  for (let idle = 0; idle < IDLE_MS; idle += PING_MS) {
    for (const { watched } of cases) watched.ping()
    await wait(PING_MS)
  }
  print('')
  for (const [index, { name, key, watched, act }] of cases.entries()) {
    const { pongs, told } = watched
    const during = (await server.ask('built', { name: key })) - (before[index] ?? 0)
    await act()
    await wait(1_000)
    const after = (await server.ask('built', { name: key })) - (before[index] ?? 0) - during
    print(
      `${name} with ${watched.count} sockets, idle for ${IDLE_MS / 1_000} s: ${pongs} pings answered, ${told} messages sent,`,
    )
    print(
      `  built ${during} times meanwhile and ${after} time by what came next, which ${watched.heard} sockets were told`,
    )
    report(`${name}, idle: built meanwhile`, during, 'times', null, null)
    report(`${name}, idle: built by what comes next`, after, 'times', '1 if it slept', after)
    report(
      `${name}, idle: sockets told of what comes next`,
      watched.heard,
      'sockets',
      'all',
      watched.heard / watched.count,
    )
  }
  for (const { watched } of cases) watched.close()
}

/** Sockets to one object, and what they heard. */
class Watched {
  readonly #sockets: BareSocket[] = []
  #heard = new Set<number>()
  pongs = 0
  told = 0

  static async connect({ port }: Server, count: number, path: string): Promise<Watched> {
    const watched = new Watched()
    for (let place = 0; place < count; place += 1)
      watched.#sockets.push(await BareSocket.open(port, path, (text) => watched.#take(place, String(text))))
    return watched
  }

  get count(): number {
    return this.#sockets.length
  }

  /** Sockets that were told something. */
  get heard(): number {
    return this.#heard.size
  }

  reset(): void {
    this.#heard = new Set()
    this.pongs = 0
    this.told = 0
  }

  ping(): void {
    for (const socket of this.#sockets) socket.say('ping')
  }

  close(): void {
    for (const socket of this.#sockets) socket.close()
  }

  #take(place: number, text: string): void {
    if (text === 'pong') this.pongs += 1
    else {
      this.told += 1
      this.#heard.add(place)
    }
  }
}
