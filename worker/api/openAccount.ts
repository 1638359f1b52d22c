import type { OpenAccount } from '../auth/auth.ts'
import type { Env } from '../env.ts'

/** What a new person gets: an Account with its demo grant, and a public profile. Harmless to repeat. */
export const openAccount =
  (env: Env): OpenAccount =>
  async (accountId, name) => {
    await env.ACCOUNT.getByName(accountId).open()
    const now = Date.now()
    await env.DB.prepare(
      `INSERT OR IGNORE INTO traders (id, name, kind, open_to_followers, created_at, record_start)
       VALUES (?, ?, 'person', 0, ?, ?)`,
    )
      .bind(accountId, name, now, now)
      .run()
  }
