import type { ErrorCode } from '$contract/errors.ts'

/** Codes of the API and those that only a client can know. */
export type ClientCode = ErrorCode | 'offline' | 'unreadable'

/** Why something was not done, as the pages show it. */
export interface Refused {
  code: ClientCode
  /** A sentence that says what to do; from the venue where it gave one. */
  message: string
  field?: string | undefined
  status: number
}

export type Answer<T> = { ok: true; value: T } | { ok: false; refusal: Refused }

export type ActionName = 'retry' | 'sign-in' | 'markets' | 'traders' | 'deposit' | 'none'

interface Words {
  title: string
  action: ActionName
  /** Shown to whoever may not see this, in place of an error. */
  forbidden?: true
}

/** The one table from code to words and what can be done about it. The venue's sentence goes below the title. */
export const refusalWords: Record<ClientCode, Words> = {
  invalid_input: { title: 'Check what you entered', action: 'none' },
  off_tick: { title: 'The price is between two ticks', action: 'none' },
  off_lot: { title: 'The amount is finer than this market trades', action: 'none' },
  below_minimum: { title: 'The order is too small', action: 'none' },
  above_maximum: { title: 'The value is too large', action: 'none' },
  outside_band: { title: 'The price is too far from the market', action: 'none' },
  insufficient_funds: { title: 'Not enough available', action: 'none' },
  too_many_open_orders: { title: 'Too many open orders', action: 'none' },
  post_only_would_take: { title: 'This would have traded at once', action: 'none' },
  would_trigger: { title: 'The trigger has been reached already', action: 'none' },
  book_full: { title: 'The market is full', action: 'retry' },
  amendment_under_way: { title: 'A change is under way', action: 'retry' },
  cannot_amend: { title: 'This cannot be changed', action: 'none' },
  no_liquidity: { title: 'Nothing to trade against', action: 'none' },
  market_closed: { title: 'The market does not take this order now', action: 'none' },
  unknown_market: { title: 'No such market', action: 'markets' },
  unknown_order: { title: 'No such order', action: 'none' },
  unknown_trader: { title: 'No such trader', action: 'traders' },
  unknown_follow: { title: 'No such follow', action: 'none' },
  unknown_copy: { title: 'No such copied trade', action: 'none' },
  order_already_closed: { title: 'The order has already ended', action: 'none' },
  duplicate_id: { title: 'This was already sent', action: 'none' },
  already_following: { title: 'You follow this trader already', action: 'none' },
  cannot_follow_self: { title: 'Nobody follows themselves', action: 'none' },
  follow_loop: { title: 'This trader follows you', action: 'none' },
  name_taken: { title: 'Another trader has this name', action: 'none' },
  leader_not_open: { title: 'This trader takes no followers now', action: 'traders' },
  follow_closed: { title: 'The follow has ended', action: 'none' },
  orders_open: { title: 'Orders are open', action: 'none' },
  follows_open: { title: 'Follows are under way', action: 'none' },
  has_followers: { title: 'Traders follow you', action: 'none' },
  nothing_to_reset: { title: 'Nothing to reset', action: 'none' },
  nothing_to_convert: { title: 'Nothing to convert', action: 'none' },
  not_available_yet: { title: 'Not available yet', action: 'none' },
  unauthenticated: { title: 'Sign in to see this', action: 'sign-in', forbidden: true },
  forbidden: { title: 'This belongs to someone else', action: 'none', forbidden: true },
  bad_origin: { title: 'The request came from another site', action: 'retry' },
  not_found: { title: 'Nothing is here', action: 'none' },
  too_many_streams: { title: 'Too many live connections', action: 'retry' },
  too_many_subscriptions: { title: 'Too many live subscriptions', action: 'none' },
  already_subscribed: { title: 'This is live already', action: 'none' },
  not_subscribed: { title: 'This is not live', action: 'none' },
  stream_full: { title: 'Too many watch this now', action: 'retry' },
  stream_ended: { title: 'The live connection ended', action: 'retry' },
  rate_limited: { title: 'Too many requests', action: 'retry' },
  busy: { title: 'The venue is busy', action: 'retry' },
  internal: { title: 'Something failed on our side', action: 'retry' },
  offline: { title: 'No connection to the venue', action: 'retry' },
  unreadable: { title: 'The answer could not be read', action: 'retry' },
}

const isClientCode = (code: unknown): code is ClientCode =>
  typeof code === 'string' && Object.hasOwn(refusalWords, code)

/** What a code means, in a few words; a code that is newer than this page is shown as it is. */
export const refusalTitle = (code: string): string =>
  isClientCode(code) ? refusalWords[code].title : code.replaceAll('_', ' ')

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

function codeOfStatus(status: number): ClientCode {
  if (status === 401) return 'unauthenticated'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not_found'
  if (status === 429) return 'rate_limited'
  if (status === 502 || status === 503 || status === 504) return 'offline'
  return status < 500 ? 'invalid_input' : 'internal'
}

/** Reads a problem document, or the plainer `{ code, message }` of the sign-in library. */
export function readRefusal(status: number, body: unknown): Refused {
  const problem: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : {}
  const code = isClientCode(problem.code) ? problem.code : codeOfStatus(status)
  const message =
    text(problem.detail) ?? text(problem.message) ?? text(problem.title) ?? 'Try again in a moment.'
  return { code, message, status, field: text(problem.field) }
}

export const offline = (): Refused => ({
  code: 'offline',
  message: 'Check your connection; we keep trying.',
  status: 0,
})
