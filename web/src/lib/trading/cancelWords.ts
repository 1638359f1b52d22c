import type { OrderView } from '$contract/orders.ts'
import { formatDecimal } from '../money/format.ts'
import { isOpen } from './orderStatus.ts'

export interface CancelScope {
  /** None for every market. */
  market: string | undefined
  label: string
  orders: readonly OrderView[]
}

/** Which orders can be cancelled together: those of this market, and those of all of them where there are others. */
export function cancelScopes(
  orders: readonly OrderView[],
  market: { id: string; symbol: string },
): CancelScope[] {
  const open = orders.filter(isOpen)
  const here = open.filter((order) => order.market === market.id)
  const scopes: CancelScope[] = []
  if (here.length > 1)
    scopes.push({ market: market.id, label: `Cancel all ${here.length} in ${market.symbol}`, orders: here })
  if (open.length > 1 && open.length > here.length)
    scopes.push({ market: undefined, label: `Cancel all ${open.length} in every market`, orders: open })
  return scopes
}

const some = (count: number, words: string): string[] => (count === 0 ? [] : [`${count} ${words}`])

/** What became of orders whose cancels were sent: "8 cancelled, 1 filled before the cancel came, 1 under way." */
export function cancelledWords(orders: readonly OrderView[]): string {
  const count = (is: (order: OrderView) => boolean): number => orders.filter(is).length
  const refused = (order: OrderView): boolean => isOpen(order) && order.amendment?.state === 'refused'
  const parts = [
    ...some(
      count(({ status }) => status === 'cancelled'),
      'cancelled',
    ),
    ...some(
      count(({ status }) => status === 'filled'),
      'filled before the cancel came',
    ),
    ...some(
      count(({ status }) => status === 'expired' || status === 'rejected'),
      'had ended already',
    ),
    ...some(
      count((order) => isOpen(order) && !refused(order)),
      'under way',
    ),
    ...some(count(refused), 'not cancelled: the market takes no cancels now'),
  ]
  return parts.length === 0 ? 'No order was open any more.' : `${parts.join(', ')}.`
}

/** What became of one order whose cancel was answered. */
export function cancelOutcome(order: OrderView): { title: string; part: string } {
  const [base = ''] = order.market.split('-')
  const filled = `${formatDecimal(order.filledQuantity)} ${base} of it had filled`
  if (isOpen(order))
    return { title: 'The cancel is under way', part: 'It can still fill until the market has it.' }
  if (order.status === 'filled') return { title: 'Filled before the cancel came', part: filled }
  return {
    title: 'Order cancelled',
    part: Number(order.filledQuantity) > 0 ? filled : 'Nothing of it had filled',
  }
}
