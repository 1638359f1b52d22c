import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { leaderFor, readCopies, readCopy } from '../../worker/copying/queries.ts'

const [ANN, BEN, CAT] = ['a', 'b', 'c'].map((letter) => `01990000-0000-7000-8000-00000000000${letter}`) as [
  string,
  string,
  string,
]

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  for (const [id, open] of [
    [ANN, 1],
    [BEN, 1],
    [CAT, 0],
  ] as const)
    await env.DB.prepare(
      `INSERT INTO traders (id, name, kind, open_to_followers, created_at, record_start) VALUES (?, ?, 'person', ?, 1, 1)`,
    )
      .bind(id, id, open)
      .run()
})

async function follow(followerId: string, leaderId: string, status: string): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO follows (id, leader_id, follower_id, status, mode, settings, allocated, created_at, updated_at, sequence)
     VALUES (?, ?, ?, ?, 'proportional', '{}', 1, 1, 1, 1)`,
  )
    .bind(`${followerId} ${leaderId}`, leaderId, followerId, status)
    .run()
}

const codeOf = async (leaderId: string, followerId: string) => {
  const outcome = await leaderFor(env, leaderId, followerId)
  return outcome.ok ? 'ok' : outcome.refusal.code
}

describe('who may follow whom', () => {
  it('case 19: A follows B, then B cannot follow A, until A has left', async () => {
    expect(await codeOf(ANN, BEN)).toBe('ok')
    await follow(ANN, BEN, 'active')
    expect(await codeOf(ANN, BEN)).toBe('follow_loop')
    await env.DB.prepare(`UPDATE follows SET status = 'closed'`).run()
    expect(await codeOf(ANN, BEN)).toBe('ok')
  })

  it('refuses oneself, a trader who is not there, and one who takes no followers', async () => {
    expect(await codeOf(ANN, ANN)).toBe('cannot_follow_self')
    expect(await codeOf('nobody', ANN)).toBe('unknown_trader')
    expect(await codeOf(CAT, ANN)).toBe('leader_not_open')
  })
})

describe('copied trades', () => {
  beforeEach(async () => {
    for (let number = 0; number < 5; number += 1)
      await env.DB.prepare(
        `INSERT INTO copied_trades (id, follow_id, follower_id, leader_id, market, side, leader_order_id, leader_quantity,
           leader_quote, leader_at, target, wanted, quantity, quote, fee, fee_asset, outcome, at)
         VALUES (?, 'follow', ?, ?, 'BTC-USDT', 'buy', 'order', 1000, 50000000, 1, 1000, 1000, 1000, 50000000, 1, 'BTC',
           'filled', ?)`,
      )
        .bind(`copy-${number}`, BEN, ANN, 100 + Math.floor(number / 2))
        .run()
  })

  it('come newest first, in pages that neither repeat nor leave out', async () => {
    const ids: string[] = []
    let cursor: string | undefined
    do {
      const page = await readCopies(env, BEN, { limit: 2, ...(cursor === undefined ? {} : { cursor }) })
      ids.push(...page.items.map((item) => item.id))
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    expect(ids).toEqual(['copy-4', 'copy-3', 'copy-2', 'copy-1', 'copy-0'])
  })

  it('are shown to their follower and their leader, and to nobody else', async () => {
    expect(await readCopy(env, BEN, 'copy-1')).toMatchObject({
      quantity: '0.00001',
      total: '0.5',
      price: '50000',
    })
    expect(await readCopy(env, ANN, 'copy-1')).not.toBeNull()
    expect(await readCopy(env, CAT, 'copy-1')).toBeNull()
    expect((await readCopies(env, CAT, { limit: 10 })).items).toEqual([])
  })
})
