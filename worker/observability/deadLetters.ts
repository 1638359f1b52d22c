import { uuidv7 } from 'uuidv7'
import type { Env } from '../env.ts'

/**
 * The consumer of every dead-letter queue: what a queue gave up on is recorded in D1 and logged as an error, so that
 * nothing disappears in silence. It is kept until somebody has dealt with it, or for the time `sweepDeadLetters` says.
 */
export async function recordDeadLetters(batch: MessageBatch, env: Env): Promise<void> {
  const queue = batch.queue.replace(/-dead$/, '')
  const now = Date.now()
  for (const message of batch.messages) {
    console.error({ event: 'dead_letter', queue, id: message.id })
    await env.DB.prepare(
      'INSERT OR IGNORE INTO dead_letters (id, queue, body, error, attempts, at, told) VALUES (?, ?, ?, ?, ?, ?, 0)',
    )
      .bind(
        message.id || uuidv7(),
        queue,
        JSON.stringify(message.body).slice(0, LONGEST_BODY),
        '',
        message.attempts,
        now,
      )
      .run()
    message.ack()
  }
}

/** D1 holds a value of 2 MB; a queue's message is at most 128 kB. */
const LONGEST_BODY = 200_000

const KEPT_MS = 90 * 24 * 60 * 60 * 1000

export async function sweepDeadLetters(env: Env, now: number): Promise<void> {
  await env.DB.prepare('DELETE FROM dead_letters WHERE at < ?')
    .bind(now - KEPT_MS)
    .run()
}
