import { orders } from '../../web/src/routes/states/samples.ts'
import type { OrderView } from '../../worker/contract/orders.ts'

const [sample] = orders
if (sample === undefined) throw new Error('there is no sample order')

/** A limit order of the market of the samples that rests and has not traded. */
export const sampleOrder: OrderView = {
  ...sample,
  status: 'open',
  price: '59000',
  quantity: '0.01',
  filledQuantity: '0',
  filledTotal: '0',
  averagePrice: null,
  postOnly: false,
}
