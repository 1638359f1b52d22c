import { expect, it } from 'vitest'
import { FOLLOW_TABLES, readFollows } from '../../worker/account/followRows.ts'
import { NO_LIMITS } from '../../worker/copying/settings.ts'
import { migrate } from '../../worker/messaging/store.ts'
import { sqliteStore } from '../support/sqliteStore.ts'

it('follows of before there were limits are read with none, and with all that they had, to the unit', () => {
  const store = sqliteStore()
  store.run(`CREATE TABLE follow (id TEXT PRIMARY KEY, leader_id TEXT NOT NULL, status TEXT NOT NULL, reason TEXT,
     mode TEXT NOT NULL, fixed_amount INTEGER, max_per_order INTEGER NOT NULL, max_slippage_bps INTEGER NOT NULL,
     notify INTEGER NOT NULL, allocated INTEGER NOT NULL, returned INTEGER NOT NULL, created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL) WITHOUT ROWID`)
  store.run(`INSERT INTO follow VALUES
    ('one', 'leader', 'active', NULL, 'fixed', 9223372036854775807, 9007199254740993, 50, 1, 100, 0, 1, 2),
    ('two', 'leader', 'paused', NULL, 'proportional', NULL, 5, 20, 0, 100, 0, 2, 2)`)
  migrate(store, 'follow', FOLLOW_TABLES)
  const rest = { ratioMillionths: null, stopLossBps: null, takeProfitBps: null, limits: NO_LIMITS }
  expect(readFollows(store).map(({ settings }) => settings)).toEqual([
    {
      mode: 'fixed',
      fixedAmount: 9223372036854775807n,
      maxPerOrder: 9007199254740993n,
      maxSlippageBps: 50,
      notify: true,
      ...rest,
    },
    { mode: 'proportional', fixedAmount: null, maxPerOrder: 5n, maxSlippageBps: 20, notify: false, ...rest },
  ])
})
