import * as z from 'zod'

/**
 * Every code an answer can carry, with its HTTP status and a title. Codes are only ever added to. The sentence that
 * says what to do comes with each refusal; the title here says what kind of thing happened.
 */
export const ERROR_CODES = {
  invalid_input: { status: 400, title: 'The input is not valid' },
  off_tick: { status: 422, title: 'The price is not on the tick grid' },
  off_lot: { status: 422, title: 'The quantity is not on the lot grid' },
  below_minimum: { status: 422, title: 'The order is too small' },
  above_maximum: { status: 422, title: 'The value is too large' },
  outside_band: { status: 422, title: 'The price is too far from the market' },
  insufficient_funds: { status: 422, title: 'Not enough available' },
  too_many_open_orders: { status: 422, title: 'Too many open orders' },
  post_only_would_take: { status: 422, title: 'A post-only order would have traded at once' },
  would_trigger: { status: 422, title: 'The trigger has been reached already' },
  book_full: { status: 503, title: 'The market holds as many orders as it can' },
  amendment_under_way: { status: 409, title: 'A change of this order is under way' },
  cannot_amend: { status: 422, title: 'This order cannot be changed in that way' },
  no_liquidity: { status: 422, title: 'Nothing to trade against' },
  market_closed: { status: 422, title: 'The market does not take this order now' },
  unknown_market: { status: 404, title: 'No such market' },
  unknown_order: { status: 404, title: 'No such order' },
  unknown_trader: { status: 404, title: 'No such trader' },
  unknown_follow: { status: 404, title: 'No such follow' },
  unknown_copy: { status: 404, title: 'No such copied trade' },
  order_already_closed: { status: 409, title: 'The order has already ended' },
  duplicate_id: { status: 409, title: 'This id was used for something else' },
  already_following: { status: 409, title: 'This trader is followed already' },
  cannot_follow_self: { status: 422, title: 'Nobody follows themselves' },
  follow_loop: { status: 422, title: 'A follow must not come back to its leader' },
  leader_not_open: { status: 422, title: 'This trader does not take followers now' },
  name_taken: { status: 409, title: 'Another trader has this name' },
  follow_closed: { status: 409, title: 'The follow has ended' },
  orders_open: { status: 409, title: 'Orders are open' },
  follows_open: { status: 409, title: 'Follows are under way' },
  has_followers: { status: 409, title: 'Traders follow this account' },
  nothing_to_reset: { status: 409, title: 'Nothing to reset' },
  nothing_to_convert: { status: 422, title: 'Nothing to convert' },
  not_available_yet: { status: 501, title: 'Not available yet' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  forbidden: { status: 403, title: 'Not allowed' },
  bad_origin: { status: 403, title: 'The request comes from another site' },
  not_found: { status: 404, title: 'Nothing is here' },
  too_many_streams: { status: 429, title: 'Too many streams are open' },
  too_many_subscriptions: { status: 429, title: 'The connection holds as many subscriptions as it can' },
  already_subscribed: { status: 409, title: 'This is subscribed already' },
  not_subscribed: { status: 404, title: 'This is not subscribed' },
  stream_full: { status: 503, title: 'The stream has as many listeners as it can' },
  stream_ended: { status: 503, title: 'The stream has ended' },
  rate_limited: { status: 429, title: 'Too many requests' },
  busy: { status: 503, title: 'Busy, try again' },
  internal: { status: 500, title: 'A fault of ours' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof ERROR_CODES

const CODES = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]

export const ErrorCodeName = z.enum(CODES)

/** The one shape of every error answer: problem details (RFC 9457) with our stable `code` and the offending `field`. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: ErrorCodeName,
  field: z.string().optional(),
})
export type Problem = z.infer<typeof Problem>

/** Why something was not done, before it has a transport. */
export interface Refusal {
  readonly code: ErrorCode
  /** A sentence that says what to do. */
  readonly message: string
  readonly field?: string
}

/** What a command answers: its result, or why nothing was done. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal }

export const accepted = <T>(value: T): Outcome<T> => ({ ok: true, value })

export function refused(code: ErrorCode, message: string, field?: string): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: field === undefined ? { code, message } : { code, message, field } }
}

/** The answer of a refusal where no route makes it: an object refuses an upgrade. */
export function problemAnswer(refusal: Refusal): Response {
  const problem = toProblem(refusal)
  const headers = { 'content-type': 'application/problem+json' }
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

/** The problem document of a refusal. */
export function toProblem(refusal: Refusal): Problem {
  const { status, title } = ERROR_CODES[refusal.code]
  const { code, message: detail, field } = refusal
  const problem = { type: `/errors/${code}`, title, status, detail, code }
  return field === undefined ? problem : { ...problem, field }
}
