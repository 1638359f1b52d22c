/**
 * How often one may ask, over ten seconds. Counted by the location that takes the request (the `ratelimits` of
 * wrangler.toml, which repeats the figures), so it is a protection and not a meter: near a limit some more may pass.
 */
export const LIMITS = {
  /** Requests of one address, or of one /64 of IPv6, of any kind; several people may be behind one. */
  address: { requests: 1_200, seconds: 10 },
  /** Of one account: what changes something, such as placing, changing and cancelling orders. */
  account: { requests: 300, seconds: 10 },
} as const

export type LimitName = keyof typeof LIMITS

/** The `RateLimit-Policy` of every answer (draft-ietf-httpapi-ratelimit-headers): q requests in w seconds. */
export const RATE_LIMIT_POLICY = Object.entries(LIMITS)
  .map(([name, { requests, seconds }]) => `"${name}";q=${requests};w=${seconds}`)
  .join(', ')
