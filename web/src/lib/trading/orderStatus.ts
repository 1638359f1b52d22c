import type { OrderView } from '$contract/orders.ts'

const openStatuses: readonly OrderView['status'][] = ['pending', 'open', 'partially_filled']

/** On the book or waiting for it: it can fill, be changed and be cancelled. */
export const isOpen = ({ status }: Pick<OrderView, 'status'>): boolean => openStatuses.includes(status)
