import { END_REASONS } from '$contract/endReasons.ts'
import type { OrderView } from '$contract/orders.ts'
import { bpsOf, unitsOf } from '../money/decimal.ts'
import { formatDecimal } from '../money/format.ts'

export const typeWords: Record<OrderView['type'], string> = {
  limit: 'Limit',
  market: 'Market',
  stop: 'Stop',
  stop_limit: 'Stop limit',
  take_profit: 'Take profit',
  take_profit_limit: 'Take profit limit',
  trailing_stop: 'Trailing stop',
}

/** An order in a few words, for a title or a screen reader: "Stop limit to sell 0.42 ETH at 3,100". */
export function orderName(order: OrderView): string {
  const [base = '', quote = ''] = order.market.split('-')
  const size =
    order.quantity === null
      ? `${base} for ${formatDecimal(order.quoteAmount)} ${quote}`
      : `${formatDecimal(order.quantity)} ${base}`
  const price = order.price === null ? '' : ` at ${formatDecimal(order.price)}`
  return `${typeWords[order.type]} to ${order.side} ${size}${price}`
}

/** Share of an order that has filled, 0 to 100. */
export function filledPercent(order: OrderView): number {
  const filled = unitsOf(order.quantity === null ? order.filledTotal : order.filledQuantity)
  const whole = unitsOf(order.quantity ?? order.quoteAmount ?? '0')
  return Number(bpsOf(filled, whole)) / 100
}

const statusWords: Record<OrderView['status'], string> = {
  pending: 'On its way',
  open: 'Open',
  partially_filled: 'Partly filled',
  filled: 'Filled',
  cancelled: 'Cancelled',
  rejected: 'Rejected',
  expired: 'Expired',
}

export function statusOf(order: OrderView): { label: string; why: string | null } {
  const label = waitsFor(order) === null ? statusWords[order.status] : 'Waiting'
  return { label, why: order.reason === null ? null : reasonWords(order.reason) }
}

/** A reason that is newer than this page is shown as it is. */
const reasonWords = (reason: NonNullable<OrderView['reason']>): string =>
  Object.hasOwn(END_REASONS, reason) ? END_REASONS[reason] : `${reason.replaceAll('_', ' ')}.`

/** Whether an order with a fixed trigger waits for the price to come up to it. */
export const risesTo = ({ type, side }: Pick<OrderView, 'type' | 'side'>): boolean =>
  type.startsWith('take_profit') === (side === 'sell')

/** What an order that is not on the book waits for; null when it waits for nothing. */
export function waitsFor(order: OrderView): string | null {
  if (order.triggered || order.status !== 'pending') return null
  if (order.triggerPrice !== null)
    return `${risesTo(order) ? 'rises' : 'falls'} to ${formatDecimal(order.triggerPrice)}`
  if (order.type !== 'trailing_stop') return null
  const back =
    order.trailingBps === null ? formatDecimal(order.trailingAmount) : `${order.trailingBps / 100}%`
  return order.side === 'sell' ? `falls ${back} from its highest` : `rises ${back} from its lowest`
}

/** What became of the last change or cancel, while it is not done. */
export const amendmentWords = ({ state, message }: NonNullable<OrderView['amendment']>): string =>
  state === 'under_way'
    ? 'Change under way'
    : `Refused: ${message ?? 'the market took neither change nor cancel.'}`
