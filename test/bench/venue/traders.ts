import * as z from 'zod'
import { OrderDetail } from '../../../worker/contract/orders.ts'
import type { Client } from './client.ts'

/** Of a market: far enough below its price to rest, and worth more than the least that is allowed. */
const ORDERS: Readonly<Record<string, { readonly price: string; readonly quantity: string }>> = {
  'BTC-USDT': { price: '30000', quantity: '0.0002' },
  'ETH-USDT': { price: '1200', quantity: '0.005' },
  'SOL-USDT': { price: '60', quantity: '0.2' },
  'XRP-USDT': { price: '0.3', quantity: '40' },
  'BNB-USDT': { price: '200', quantity: '0.06' },
  'LTC-USDT': { price: '25', quantity: '0.5' },
}

/** Markets of the bench's own build, which are as ETH-USDT. */
export const COPIED_MARKETS: readonly string[] = Array.from({ length: 10 }, (_, index) => `B${index}-USDT`)

export const MARKETS: readonly string[] = [...Object.keys(ORDERS), ...COPIED_MARKETS]

const orderAt = (market: string) => ORDERS[market] ?? ORDERS['ETH-USDT']

const Accounts = z.array(z.object({ id: z.string(), cookie: z.string() }))
export type Trader = z.infer<typeof Accounts>[number]

export async function openAccounts(client: Client, count: number, from = 0): Promise<Trader[]> {
  const traders: Trader[] = []
  for (let first = 0; first < count; first += 20) {
    const wanted = { first: from + first, count: Math.min(20, count - first) }
    traders.push(...(await client.json(Accounts, 'POST', '/bench/accounts', {}, wanted)))
  }
  return traders
}

const body = (order: object): string =>
  JSON.stringify({ timeInForce: 'GTC', postOnly: false, selfTradePrevention: 'cancel_newest', ...order })

/** Below the market: it rests. */
export const restingOrder = (market: string): string =>
  body({ market, side: 'buy', type: 'limit', ...orderAt(market) })

/** At the market: it fills against the house. */
export const fillingOrder = (market: string, side: 'buy' | 'sell'): string =>
  body({
    market,
    side,
    type: 'market',
    timeInForce: 'IOC',
    // Of what was bought, the fee is missing.
    quantity: side === 'buy' ? orderAt(market)?.quantity : '0.00019',
  })

export const orderOf = (text: string): z.infer<typeof OrderDetail> => OrderDetail.parse(JSON.parse(text))
