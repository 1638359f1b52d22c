/**
 * Why an order ended without being filled whole. Codes are only ever added to; This is each in words, without zod,
 * so that a page can say them.
 */
export const END_REASONS = {
  user: 'You cancelled it.',
  ioc: 'Immediate or cancel: what could not trade at once was cancelled.',
  fok: 'Fill or kill: it could not be filled whole, so nothing was traded.',
  stp: 'It would have met an order of your own, and nobody trades with themselves.',
  oco: 'The other order of its pair filled, triggered or ended first.',
  expired: 'Its time ran out.',
  band: 'The next price lies outside the price band of the market.',
  hold: 'The price moved away by more than the margin that was held for it.',
  no_liquidity: 'Nobody was left to trade with.',
  post_only: 'Post-only: at this price it would have traded at once.',
  would_trigger: 'The market had reached its trigger when it came.',
  outside_band: 'Its price lies too far from the market.',
  too_many_open_orders: 'You had too many open orders in this market.',
  book_full: 'The market holds as many orders as it can.',
  market_closed: 'The market took no new orders.',
  admin: 'The venue cancelled it: it was against the rules of the market.',
} as const
