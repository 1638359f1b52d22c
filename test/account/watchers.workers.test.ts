import { applyD1Migrations, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { Watchers } from '../../worker/account/watchers.ts'
import { AccountStreamMessage, STREAM_LIMITS } from '../../worker/contract/stream.ts'

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

const news = (followId: string) => [{ type: 'follow', followId, status: 'active' }] as const

/** Somebody who watches an account whose clock is the test's. */
function watch(ctx: DurableObjectState) {
  // Behind the platform's, by which a "ping" is heard: one that comes at once is to be no older than the socket.
  const clock = { now: Date.now() - 1 }
  const watchers = new Watchers(ctx, () => ({ unread: 7, now: clock.now }))
  const { webSocket: socket } = watchers.accept()
  if (socket === null) throw new Error('no socket')
  const heard: (AccountStreamMessage | 'pong')[] = []
  let checks: (() => void)[] = []
  socket.addEventListener('message', ({ data }) => {
    heard.push(data === 'pong' ? data : AccountStreamMessage.parse(JSON.parse(String(data))))
    const due = checks
    checks = []
    for (const check of due) check()
  })
  socket.accept()
  const until = async (count: number) => {
    while (heard.length < count) await new Promise<void>((resolve) => checks.push(resolve))
  }
  return { clock, watchers, socket, heard, until }
}

it('tells a slow reader nothing until it says "ping" again, and then that it has to fetch', async () => {
  await runInDurableObject(env.ACCOUNT.getByName('ada'), async (_, ctx) => {
    const { clock, watchers, socket, heard, until } = watch(ctx)
    watchers.tell(news('a'))
    clock.now += STREAM_LIMITS.slowAfterMs + 1
    watchers.tell(news('b'))
    watchers.helloAgain()
    watchers.tell(news('c'))
    socket.send('ping')
    await until(3)
    watchers.helloAgain()
    watchers.tell(news('d'))
    await until(5)
    expect(heard).toEqual([
      { type: 'hello', sequence: 0, unread: 7 },
      { ...news('a')[0], sequence: 1 },
      'pong',
      { type: 'hello', sequence: 3, unread: 7 },
      { ...news('d')[0], sequence: 4 },
    ])
    socket.close()
  })
})

it('lets go of who has not said "ping" for three minutes', async () => {
  await runInDurableObject(env.ACCOUNT.getByName('ada'), async (_, ctx) => {
    const { clock, watchers, socket } = watch(ctx)
    const closed = new Promise<number>((resolve) =>
      socket.addEventListener('close', ({ code }) => resolve(code)),
    )
    clock.now += 180_001
    watchers.tell(news('a'))
    watchers.helloAgain()
    expect(await closed).toBe(1001)
  })
})
