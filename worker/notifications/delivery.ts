import { eq } from 'drizzle-orm'
import { database } from '../db/database.ts'
import { user } from '../db/schema.ts'
import { configOf, type Env } from '../env.ts'
import { sendEmail } from './email.tsx'
import { NotificationMessage } from './message.ts'

/** Priorities that also go by email, until people can choose. */
const BY_EMAIL: ReadonlySet<NotificationMessage['priority']> = new Set(['high', 'critical'])

/**
 * The consumer of the notifications queue: each notice into its account's inbox and, when it matters enough, by email.
 * Each message is acknowledged or retried for itself; both steps are idempotent by the notice's id.
 */
export async function deliverNotifications(batch: MessageBatch, env: Env): Promise<void> {
  for (const message of batch.messages) {
    if (await delivered(message, env)) message.ack()
    else message.retry({ delaySeconds: 2 ** Math.min(message.attempts, 9) })
  }
}

/** A throw here would send the whole batch again, until notices of other people are given up with this one. */
async function delivered(message: Message, env: Env): Promise<boolean> {
  try {
    const notice = NotificationMessage.parse(message.body)
    await env.ACCOUNT.getByName(notice.accountId).notify([notice])
    return BY_EMAIL.has(notice.priority) ? await mail(notice, env) : true
  } catch (error) {
    console.error({ event: 'notice_not_delivered', id: message.id, error: String(error) })
    return false
  }
}

/** True when nothing is left to do. */
async function mail(notice: NotificationMessage, env: Env): Promise<boolean> {
  const config = configOf(env)
  if (config.email === undefined || config.publicUrl === undefined) return true
  const [person] = await database(env.DB)
    .select({ email: user.email })
    .from(user)
    .where(eq(user.id, notice.accountId))
  // A bot or a house has an inbox and no address.
  if (person === undefined) return true
  const result = await sendEmail({ ...config.email, site: config.publicUrl }, person.email, notice)
  if (!result.ok) console.error({ event: 'email_not_sent', notice: notice.id, error: result.error })
  return result.ok
}
