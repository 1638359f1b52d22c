import type { FC } from 'hono/jsx'
import { Resend } from 'resend'
import type { NotificationMessage } from './message.ts'

export interface EmailSettings {
  readonly key: string
  readonly from: string
  /** Where the pages are, without a slash at the end. */
  readonly site: string
  /** For tests: another server than Resend's own. */
  readonly baseUrl?: string
}

export type EmailResult = { readonly ok: true } | { readonly ok: false; readonly error: string }

/**
 * Sends one notice through Resend. The notice's id is the idempotency key, so a repeat within a day sends nothing.
 * Resend never throws for a refusal or a lost connection: what went wrong is in `error`, and the caller retries.
 */
export async function sendEmail(
  settings: EmailSettings,
  to: string,
  notice: NotificationMessage,
): Promise<EmailResult> {
  const options = settings.baseUrl === undefined ? {} : { baseUrl: settings.baseUrl }
  const resend = new Resend(settings.key, options)
  const { error } = await resend.emails.send(
    {
      from: settings.from,
      to,
      subject: notice.title,
      html: htmlOf(settings.site, notice),
      text: textOf(settings.site, notice),
    },
    { idempotencyKey: notice.id },
  )
  return error === null ? { ok: true } : { ok: false, error: `${error.name}: ${error.message}` }
}

const Notice: FC<{ site: string; notice: NotificationMessage }> = ({ site, notice }) => (
  <html lang="en">
    <body style="font-family: sans-serif; font-size: 15px; line-height: 1.5; color: #1a1d23; margin: 24px">
      <h1 style="font-size: 18px; margin: 0 0 12px">{notice.title}</h1>
      <p style="margin: 0 0 16px">{notice.body}</p>
      {notice.link === null ? null : (
        <p style="margin: 0 0 16px">
          <a href={`${site}${notice.link}`}>Open it</a>
        </p>
      )}
      <p style="font-size: 12px; color: #5a6270">
        You get this because notices of this importance are sent by email.
      </p>
    </body>
  </html>
)

const htmlOf = (site: string, notice: NotificationMessage): string =>
  `<!doctype html>${String(<Notice site={site} notice={notice} />)}`

const textOf = (site: string, notice: NotificationMessage): string =>
  [notice.title, notice.body, notice.link === null ? '' : `${site}${notice.link}`]
    .filter(Boolean)
    .join('\n\n')
