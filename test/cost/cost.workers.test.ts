import { applyD1Migrations, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { uuidv7 } from 'uuidv7'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Account } from '../../worker/account/account.ts'
import type { PlaceOrder } from '../../worker/contract/orders.ts'
import { Market } from '../../worker/market/market.ts'
import { houseAccountId } from '../../worker/market/settings.ts'
import { type Charged, meterStorage, nothingCharged } from '../bench/venue/worker/meter.ts'

// What one order costs, exactly: every call of an object and every row written is billed, for ever and with every order, so
// a change that adds one is to be a decision. Rows are counted by workerd, as a deployment counts them.

const ORDER = {
  market: 'BTC-USDT',
  side: 'buy',
  timeInForce: 'GTC',
  postOnly: false,
  selfTradePrevention: 'cancel_newest',
} as const
const resting: PlaceOrder = { ...ORDER, type: 'limit', price: '30000', quantity: '0.002' }
const marketable: PlaceOrder = { ...ORDER, type: 'limit', price: '120000', quantity: '0.001' }

const ada = () => env.ACCOUNT.getByName('ada')
const btc = () => env.MARKET.getByName('BTC-USDT')
const house = () => env.ACCOUNT.getByName(houseAccountId('BTC-USDT'))

/** A fill is also told of in the inbox, by two queues and whenever they come to it: rows that are not counted here. */
function notices(statement: string, rowsWritten: number): void {
  if (statement.includes('INTO notification')) account.rowsWritten -= rowsWritten
}

let account: Charged
let market: Charged
let houseOf: Charged

/** A time to come, so that no alarm fires while costs are counted; in the middle of a minute, which then does not end. */
const NOON = Date.UTC(2040, 5, 1, 12, 0, 32)

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  vi.useFakeTimers({ toFake: ['Date'], now: NOON })
  account = nothingCharged()
  market = nothingCharged()
  houseOf = nothingCharged()
  await ada().open()
  await runInDurableObject(ada(), (_, { storage }) => meterStorage(storage, account, notices))
  await runInDurableObject(btc(), (_, { storage }) => meterStorage(storage, market))
  await runInDurableObject(house(), (_, { storage }) => meterStorage(storage, houseOf))
  // What is done for the first time, or once in a while: a market's numbers, alarms, the house's opening.
  await placed(resting)
  await placed(marketable)
  await quiet()
})

afterEach(() => {
  vi.useRealTimers()
})

/** Nothing is on its way any more: what left an object has been answered. */
async function quiet(): Promise<void> {
  for (const object of [ada(), btc(), house()])
    await runInDurableObject(object, async (instance: unknown) => {
      await (instance as { actor: { settled(): Promise<void> } }).actor.settled()
    })
}

async function placed(order: PlaceOrder): Promise<string> {
  const outcome = await ada().placeOrder(uuidv7(), order)
  if (!outcome.ok) throw new Error(outcome.refusal.message)
  return outcome.value.order.id
}

/** Rows written and alarms set by each object for that, and what objects were called for by others. */
async function costOf(work: () => Promise<unknown>) {
  for (const charged of [account, market, houseOf]) Object.assign(charged, nothingCharged())
  const calls: string[] = []
  const restore = [
    ...['receive', 'alarm'].map((name) =>
      tellCalls(Account.prototype, name, () => calls.push(`account.${name}`)),
    ),
    ...['receive', 'mark', 'estimate', 'alarm'].map((name) =>
      tellCalls(Market.prototype, name, () => calls.push(`market.${name}`)),
    ),
  ]
  await work()
  await quiet()
  for (const undo of restore) undo()
  const rows = ({ rowsWritten, alarmsSet }: Charged) => rowsWritten - alarmsSet
  return {
    account: rows(account),
    market: rows(market),
    house: rows(houseOf),
    alarms: account.alarmsSet + market.alarmsSet + houseOf.alarmsSet,
    calls: calls.sort(),
  }
}

/** Until it is undone, `told` hears of every call of a method of objects of that class. */
function tellCalls(prototype: object, name: string, told: () => void): () => void {
  const own = Object.getOwnPropertyDescriptor(prototype, name)
  const real: unknown = Reflect.get(prototype, name)
  if (typeof real !== 'function') throw new Error(`no method ${name}`)
  Object.defineProperty(prototype, name, {
    configurable: true,
    value(this: unknown, ...given: unknown[]): unknown {
      told()
      return Reflect.apply(real, this, given)
    },
  })
  return () => {
    if (own === undefined) Reflect.deleteProperty(prototype, name)
    else Object.defineProperty(prototype, name, own)
  }
}

// Of an account: the entry of a hold or of its release, the order, the message to its market; then, with the answer, the order
// as it is now and how far the stream is. Of a market: the order, the report, the message to the projection, and how far the
// stream is. Each row is one that a crash at that very moment would need.
describe('what is written and called for', () => {
  it('an order that rests', async () => {
    expect(await costOf(() => placed(resting))).toEqual({
      account: 5,
      market: 4,
      house: 0,
      alarms: 0,
      calls: ['market.receive'],
    })
  })

  it('an amendment to less', async () => {
    const id = await placed(resting)
    await quiet()
    expect(await costOf(() => ada().amendOrder(id, { quantity: '0.001' }))).toEqual({
      account: 5,
      market: 4,
      house: 0,
      alarms: 0,
      calls: ['market.receive'],
    })
  })

  it('a cancel', async () => {
    const id = await placed(resting)
    await quiet()
    expect(await costOf(() => ada().cancelOrder(id))).toEqual({
      account: 4,
      market: 4,
      house: 0,
      alarms: 0,
      calls: ['market.receive'],
    })
  })

  it('an order that fills against the house at once', async () => {
    expect(await costOf(() => placed(marketable))).toEqual({
      account: 10,
      market: 5,
      house: 2,
      alarms: 0,
      calls: ['account.receive', 'market.receive'],
    })
  })

  it('a hundred cancels at once go to the market together, and are one turn there', async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, () => placed(resting)))
    await quiet()
    const { market: rows, calls } = await costOf(() => ada().cancelAll('BTC-USDT'))
    expect(calls.length).toBeLessThanOrEqual(2)
    // Of each the order, the report and the message to the projection.
    expect(rows).toBeLessThanOrEqual(3 * (ids.length + 1) + 4)
  })
})
