import { toTime } from '../contract/amounts.ts'
import type { CopyNotice } from '../contract/stream.ts'
import type { Env } from '../env.ts'
import { toDecimal } from '../ledger/amount.ts'
import { baseOf, marketById } from '../market/settings.ts'
import { readQueueMessage } from '../messaging/transport.ts'
import { noticesOfCopies, noticesOfFollow } from '../notifications/rules.ts'
import { sendNotifications } from '../notifications/sending.ts'
import type { Copy, CopyPage, FollowRecord } from './messages.ts'
import { completed, settingsView } from './settings.ts'

/**
 * The consumer of the copy-fills queue. Each message is applied and acknowledged by itself: copies into D1, then to those
 * who asked to be told; a follow as it is now into D1. All of it may come twice and out of order: copies are written once by
 * their id, a follow only over an earlier version of itself. What fails is tried again, and in the end recorded by the
 * dead-letter consumer.
 */
export async function dispatchCopies(batch: MessageBatch, env: Env): Promise<void> {
  for (const message of batch.messages) {
    try {
      await dispatch(readQueueMessage(message.body).message, env)
      message.ack()
    } catch (error) {
      console.error({ event: 'copy_not_dispatched', id: message.id, error: String(error) })
      message.retry({ delaySeconds: 2 ** Math.min(message.attempts, 9) })
    }
  }
}

/** The consumer of the copy-orders queue. No follow can be directed to a connected exchange yet, so any is recorded as refused. */
export async function refuseCopyOrders(batch: MessageBatch, env: Env): Promise<void> {
  for (const message of batch.messages) {
    await env.DB.prepare(
      `INSERT OR IGNORE INTO dead_letters (id, queue, body, error, attempts, at, told)
       VALUES (?, 'copy-orders', ?, 'orders to a connected exchange are not available yet', ?, ?, 0)`,
    )
      .bind(message.id, JSON.stringify(message.body), message.attempts, Date.now())
      .run()
    console.error({ event: 'copy_order_refused', id: message.id })
    message.ack()
  }
}

async function dispatch(message: unknown, env: Env): Promise<void> {
  if (!isDispatch(message)) throw new Error('not a message of a copy pool')
  if (message.type === 'followRecord') {
    await saveFollow(message, env)
    if (message.endedBy !== undefined && message.endedBy !== null)
      await sendNotifications(noticesOfFollow(message, await nameOf(message.leaderId, env)), env)
    return
  }
  await saveCopies(message, env)
  await tellFollowers(message, env)
}

/** A page in one statement: a row each from one parameter, which a follower may have many of at once. */
async function saveCopies(page: CopyPage, env: Env): Promise<void> {
  const market = marketById(page.market)
  const rows = page.copies.map((copy) => [
    copy.id,
    copy.followId,
    copy.followerId,
    String(copy.target),
    String(copy.wanted),
    String(copy.quantity),
    String(copy.quote),
    String(copy.fee),
    copy.feeAsset,
    copy.outcome,
    copy.reason,
    copy.slippage,
    copy.delayMs,
    // A skip has no block, though others may have had one of the same decision.
    copy.outcome === 'skipped' && copy.wanted === 0n ? null : page.blockId,
  ])
  const value = (index: number) => `json_extract(r.value, '$[${index}]')`
  const units = (index: number) => `CAST(${value(index)} AS INTEGER)`
  await env.DB.prepare(
    `INSERT OR IGNORE INTO copied_trades (id, follow_id, follower_id, target, wanted, quantity, quote, fee, fee_asset, outcome,
       reason, slippage, delay, block_id, leader_id, market, side, leader_order_id, leader_quantity, leader_quote, leader_at,
       block_size, block_quote, participants, at)
     SELECT ${value(0)}, ${value(1)}, ${value(2)}, ${[3, 4, 5, 6, 7].map(units).join(', ')}, ${[
       8, 9, 10, 11, 12, 13,
     ]
       .map(value)
       .join(
         ', ',
       )}, ?2, ?3, ?4, ?5, CAST(?6 AS INTEGER), CAST(?7 AS INTEGER), ?8, CAST(?9 AS INTEGER), CAST(?10 AS INTEGER),
       ?11, ?12
     FROM json_each(?1) AS r`,
  )
    .bind(
      JSON.stringify(rows),
      page.leaderId,
      page.market,
      page.side,
      page.leader.orderId,
      String(baseOf(market, page.leader.lots)),
      String(page.leader.quote),
      page.leader.at,
      String(baseOf(market, page.block.lots)),
      String(page.block.quote),
      page.block.participants,
      page.at,
    )
    .run()
}

/** The record of another follow with the same id would change nothing: ids come from the API, and this does not trust it. */
async function saveFollow(record: FollowRecord, env: Env): Promise<void> {
  const settings = settingsView(completed(record.settings))
  await env.DB.prepare(
    `INSERT INTO follows (id, leader_id, follower_id, status, mode, settings, allocated, created_at, updated_at, sequence)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, CAST(?7 AS INTEGER), ?8, ?9, ?10)
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, mode = excluded.mode, settings = excluded.settings,
       allocated = excluded.allocated, updated_at = excluded.updated_at, sequence = excluded.sequence
     WHERE excluded.sequence > follows.sequence AND excluded.leader_id = follows.leader_id
       AND excluded.follower_id = follows.follower_id`,
  )
    .bind(
      record.followId,
      record.leaderId,
      record.followerId,
      record.status,
      settings.mode,
      JSON.stringify(settings),
      String(record.allocated),
      record.createdAt,
      record.at,
      record.version,
    )
    .run()
}

/** An account is not woken for a copy that it did not ask to be told of, nor for a sell of what it never held. */
async function tellFollowers(page: CopyPage, env: Env): Promise<void> {
  const told = page.copies.filter((copy) => copy.notify && copy.reason !== 'no_position')
  if (told.length === 0) return
  const byFollower = Map.groupBy(told, (copy) => copy.followerId)
  const calls = [...byFollower].map(([followerId, copies]) =>
    env.ACCOUNT.getByName(followerId).copied(copies.map((copy) => noticeOf(page, copy))),
  )
  const notices = noticesOfCopies(page, await nameOf(page.leaderId, env))
  await Promise.all([...calls, sendNotifications(notices, env)])
}

async function nameOf(leaderId: string, env: Env): Promise<string> {
  const row = await env.DB.prepare('SELECT name FROM traders WHERE id = ?')
    .bind(leaderId)
    .first<{ name: string }>()
  return row?.name ?? 'a trader'
}

function noticeOf(page: CopyPage, copy: Copy): CopyNotice {
  return {
    id: copy.id,
    followId: copy.followId,
    leaderId: page.leaderId,
    market: page.market,
    side: page.side,
    outcome: copy.outcome,
    reason: copy.reason,
    quantity: toDecimal(copy.quantity),
    total: toDecimal(copy.quote),
    slippageBps: copy.outcome === 'filled' || copy.outcome === 'partial' ? basisPoints(copy.slippage) : null,
    delayMs: copy.delayMs,
    at: toTime(page.at),
  }
}

/** Hundredths of a basis point as basis points. */
function basisPoints(hundredths: number): string {
  const size = Math.abs(hundredths)
  const text = `${Math.floor(size / 100)}.${String(size % 100).padStart(2, '0')}`
  return hundredths < 0 ? `-${text}` : text
}

/** What a pool sends to copy-fills; see `copies.ts`. */
const isDispatch = (message: unknown): message is CopyPage | FollowRecord =>
  typeof message === 'object' &&
  message !== null &&
  'type' in message &&
  (message.type === 'copyPage' || message.type === 'followRecord')
