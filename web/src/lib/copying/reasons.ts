/** Why a copy was skipped or made smaller, in words that follow a colon. */
const copyReasons: Record<string, string> = {
  paused: 'the follow was paused. What it holds is still sold when the leader sells.',
  closing: 'the follow was ending, so all that it held was sold.',
  no_position: 'the leader sold, and this follow held none of it.',
  no_funds: 'cut to the cash left in the follow.',
  max_per_order: 'cut to your maximum per order.',
  max_exposure: 'cut to what you allow to be invested in all.',
  max_asset_exposure: 'cut to what you allow to be invested in one asset.',
  max_orders: 'as many of the leader’s orders were bought after today as you allow.',
  small_order: 'the leader’s order was smaller than those you copy.',
  market_excluded: 'you left this market out.',
  order_type_excluded: 'you left this kind of order out.',
  side_excluded: 'you left this side out.',
  below_minimum: 'the block of all followers was below the least that this market trades.',
  below_lot: 'the block of all followers was less than one lot of this market.',
  slippage: 'the book held too little within your maximum slippage.',
  stale: 'the price known was too old to decide on.',
  no_equity: 'the leader’s equity was not known, so no share of it could be told.',
  market_refused: 'the market refused the block.',
  carried: 'your share was less than one lot. It is carried to the next block.',
}

/** Words for a reason the venue gave; a code that is newer than this page is shown as it is. */
export const copyReason = (code: string): string => copyReasons[code] ?? `${code.replaceAll('_', ' ')}.`
