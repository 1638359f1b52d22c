import * as z from 'zod'
import { Problem } from '../contract/errors.ts'
import { FollowEnd, FollowStatus } from '../contract/follows.ts'
import type { FollowSettings } from '../copying/messages.ts'
import { completed } from '../copying/settings.ts'
import { decode, encode } from '../messaging/codec.ts'
import type { Migrations, SqlRow, Store } from '../messaging/store.ts'
import type { Follow } from './accountState.ts'
import { text } from './columns.ts'

/** Settings are read whole and never asked by a field: one text, in place of a column for each of those that there were. */
export const FOLLOW_TABLES: Migrations = [
  'ALTER TABLE follow ADD COLUMN settings TEXT',
  `UPDATE follow SET settings = json_object('mode', mode, 'fixedAmount',
     CASE WHEN fixed_amount IS NULL THEN NULL ELSE json_object('$bigint', CAST(fixed_amount AS TEXT)) END,
     'maxPerOrder', json_object('$bigint', CAST(max_per_order AS TEXT)), 'maxSlippageBps', max_slippage_bps,
     'notify', json(iif(notify = 1, 'true', 'false')))`,
  ...['mode', 'fixed_amount', 'max_per_order', 'max_slippage_bps', 'notify'].map(
    (column) => `ALTER TABLE follow DROP COLUMN ${column}`,
  ),
]

const ReasonColumn = z.union([Problem.shape.code, FollowEnd])

export function writeFollow(store: Store, follow: Follow): void {
  store.run(
    `INSERT OR REPLACE INTO follow (id, leader_id, status, reason, settings, allocated, returned, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, CAST(? AS INTEGER), CAST(? AS INTEGER), ?, ?)`,
    follow.id,
    follow.leaderId,
    follow.status,
    follow.reason,
    encode(follow.settings),
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
  settings: string
  allocated: string
  returned: string
  created_at: number
  updated_at: number
}

export function readFollows(store: Store): Follow[] {
  const rows = store.all<FollowRow>(
    `SELECT id, leader_id, status, reason, settings, CAST(allocated AS TEXT) AS allocated,
       CAST(returned AS TEXT) AS returned, created_at, updated_at
     FROM follow ORDER BY created_at, id`,
  )
  return rows.map((row) => ({
    id: row.id,
    leaderId: row.leader_id,
    status: FollowStatus.parse(row.status),
    reason: ReasonColumn.nullable().parse(row.reason),
    settings: completed(own(row.settings)),
    allocated: BigInt(row.allocated),
    returned: BigInt(row.returned),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }))
}

/** Nobody else writes these rows: it has the type that `writeFollow` took. */
const own = (settings: string): FollowSettings => decode(settings) as FollowSettings
