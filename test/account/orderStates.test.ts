import { describe, expect, it } from 'vitest'
import { hasEnded, mayBecome } from '../../worker/account/orderStates.ts'
import { OrderStatus } from '../../worker/contract/orders.ts'

/** Every pair that is allowed; every other of the 49 is not. */
const ALLOWED = new Set([
  'pending > pending',
  'pending > open',
  'pending > partially_filled',
  'pending > filled',
  'pending > cancelled',
  'pending > rejected',
  'pending > expired',
  'open > open',
  'open > partially_filled',
  'open > filled',
  'open > cancelled',
  'open > expired',
  'partially_filled > partially_filled',
  'partially_filled > filled',
  'partially_filled > cancelled',
  'partially_filled > expired',
])

const pairs = OrderStatus.options.flatMap((before) => OrderStatus.options.map((after) => ({ before, after })))

describe('the states of an order', () => {
  it.each(pairs)('$before > $after', ({ before, after }) => {
    expect(mayBecome(before, after)).toBe(ALLOWED.has(`${before} > ${after}`))
  })

  it('end in filled, cancelled, rejected or expired', () => {
    expect(OrderStatus.options.filter(hasEnded)).toEqual(['filled', 'cancelled', 'rejected', 'expired'])
  })
})
