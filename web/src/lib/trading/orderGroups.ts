import type { OrderView } from '$contract/orders.ts'
import { orderName, statusOf } from './orderWords.ts'

/** Orders that belong together: an entry with its exits, or a pair; most are of one. */
export interface OrderGroup {
  key: string
  /** What the exits are of, where the entry itself is not in the list any more. */
  caption: string | null
  orders: readonly OrderView[]
}

/** Of a pair both have the same; ids grow with time, so that is the older one's. */
const pairKey = ({ id, pairedWith }: OrderView): string =>
  pairedWith !== null && pairedWith < id ? pairedWith : id
const groupKey = (order: OrderView): string => order.entryId ?? pairKey(order)

function captionOf(entryId: string, known: readonly OrderView[]): string {
  const entry = known.find(({ id }) => id === entryId)
  return entry === undefined
    ? 'Exits of an earlier order'
    : `Exits of: ${orderName(entry)} (${statusOf(entry).label.toLowerCase()})`
}

const order = (a: OrderView, b: OrderView): number => {
  const [before, after] = [a, b].map((each) => `${each.entryId === null ? 0 : 1}${pairKey(each)}${each.id}`)
  return (before ?? '') < (after ?? '') ? -1 : 1
}

/** Open orders in groups, the newest group first: exits below their entry, the halves of a pair side by side. */
export function groupOrders(open: readonly OrderView[], known: readonly OrderView[]): OrderGroup[] {
  return [...Map.groupBy(open, groupKey)].map(([key, members]) => ({
    key,
    caption: members.every(({ entryId }) => entryId !== null) ? captionOf(key, known) : null,
    orders: members.toSorted(order),
  }))
}
