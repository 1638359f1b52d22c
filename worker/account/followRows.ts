import * as z from 'zod'
import { Problem } from '../contract/errors.ts'
import { FollowStatus } from '../contract/follows.ts'
import type { SqlRow, Store } from '../messaging/store.ts'
import type { Follow } from './accountState.ts'
import { amountOf, text } from './columns.ts'

const CopyModeColumn = z.enum(['proportional', 'fixed'])
const ErrorCodeColumn = Problem.shape.code

export function writeFollow(store: Store, follow: Follow): void {
  const { settings } = follow
  store.run(
    `INSERT OR REPLACE INTO follow (id, leader_id, status, reason, mode, fixed_amount, max_per_order, max_slippage_bps,
       notify, allocated, returned, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, CAST(? AS INTEGER), CAST(? AS INTEGER), ?, ?, CAST(? AS INTEGER), CAST(? AS INTEGER), ?, ?)`,
    follow.id,
    follow.leaderId,
    follow.status,
    follow.reason,
    settings.mode,
    text(settings.fixedAmount),
    text(settings.maxPerOrder),
    settings.maxSlippageBps,
    settings.notify ? 1 : 0,
    text(follow.allocated),
    text(follow.returned),
    follow.createdAt,
    follow.updatedAt,
  )
}

interface FollowRow extends SqlRow {
  id: string
  leader_id: string
  status: string
  reason: string | null
  mode: string
  fixed_amount: string | null
  max_per_order: string
  max_slippage_bps: number
  notify: number
  allocated: string
  returned: string
  created_at: number
  updated_at: number
}

export function readFollows(store: Store): Follow[] {
  const rows = store.all<FollowRow>(
    `SELECT id, leader_id, status, reason, mode, CAST(fixed_amount AS TEXT) AS fixed_amount,
       CAST(max_per_order AS TEXT) AS max_per_order, max_slippage_bps, notify, CAST(allocated AS TEXT) AS allocated,
       CAST(returned AS TEXT) AS returned, created_at, updated_at
     FROM follow ORDER BY created_at, id`,
  )
  return rows.map((row) => ({
    id: row.id,
    leaderId: row.leader_id,
    status: FollowStatus.parse(row.status),
    reason: ErrorCodeColumn.nullable().parse(row.reason),
    settings: {
      mode: CopyModeColumn.parse(row.mode),
      fixedAmount: amountOf(row.fixed_amount),
      maxPerOrder: BigInt(row.max_per_order),
      maxSlippageBps: row.max_slippage_bps,
      notify: row.notify === 1,
    },
    allocated: BigInt(row.allocated),
    returned: BigInt(row.returned),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }))
}
