import { describe, expect, it } from 'vitest'
import { accountDomain } from '../../worker/account/accountDomain.ts'
import { type AccountEvent, type AccountState, OWN, openOrders } from '../../worker/account/accountState.ts'
import { cancelOrder } from '../../worker/account/cancelOrder.ts'
import { openAccount } from '../../worker/account/opening.ts'
import { hasEnded } from '../../worker/account/orderStates.ts'
import { type PlaceOrderCommand, placeOrder } from '../../worker/account/placeOrder.ts'
import { toUnits } from '../../worker/ledger/amount.ts'
import { balanceOf } from '../../worker/ledger/ledger.ts'
import { marketDomain } from '../../worker/market/marketDomain.ts'
import type { MarketState } from '../../worker/market/marketState.ts'
import type { MarketEvent } from '../../worker/market/rows.ts'
import { marketById } from '../../worker/market/settings.ts'
import { type Address, accountAddress, marketAddress, parseAddress } from '../../worker/messaging/address.ts'
import { Random } from '../support/random.ts'
import { Crash } from '../support/sqliteStore.ts'
import { VirtualObject } from '../support/virtualObject.ts'
import { CALM, type Dials, World } from '../support/world.ts'
import { NOBODY, OneAccount, orderCommand } from './oneAccount.ts'

type AccountObject = VirtualObject<AccountState, AccountEvent>
type MarketObject = VirtualObject<MarketState, MarketEvent>

const BTC = marketAddress('BTC-USDT')
const PEOPLE = ['ada', 'bea', 'cyd'] as const

/** A market and three people with money and coins, over a network and on disks as bad as the dials say. */
class Venue {
  readonly world: World
  readonly market: MarketObject
  readonly accounts = new Map<string, AccountObject>()

  constructor(seed: number) {
    this.world = new World({
      seed,
      dials: CALM,
      start: 1_000_000_000_000,
      make: (address, world) => this.#make(address, world),
    })
    this.market = new VirtualObject(this.world, BTC, marketDomain(marketById('BTC-USDT')))
    for (const id of PEOPLE) {
      const account = new VirtualObject(this.world, accountAddress(id), accountDomain(id))
      this.accounts.set(id, account)
      account.execute((state, moment) => openAccount(state, grants, moment))
    }
  }

  #make(address: Address, world: World) {
    const { kind, id } = parseAddress(address)
    if (address === BTC) return this.market
    const account = kind === 'account' ? this.accounts.get(id) : undefined
    if (account === undefined) throw new Error(`nobody is at ${address} of ${world.now}`)
    return account
  }

  account(id: string): AccountObject {
    const account = this.accounts.get(id)
    if (account === undefined) throw new Error(`no account ${id}`)
    return account
  }

  /** As a client does: the same command with the same client order id until it is answered. */
  place(id: string, command: PlaceOrderCommand) {
    for (;;) {
      try {
        return this.account(id).execute((state, moment) => placeOrder(state, command, NOBODY, moment))
      } catch {
        // The object died or its disk failed, before the answer; whether before the commit is not known.
      }
    }
  }

  cancel(id: string, orderId: string): void {
    try {
      this.account(id).execute((state) => cancelOrder(state, orderId))
    } catch {
      // Given up: this client does not try again.
    }
  }
}

const grants = [
  { asset: 'USDT', amount: toUnits('10000') },
  { asset: 'BTC', amount: toUnits('1') },
]

/** What must be true of all accounts together once nothing is under way. */
function expectWhole(venue: Venue): void {
  const { world, market } = venue
  const resting = market.stateOfRows().orders
  const sums = new Map<string, bigint>()
  for (const account of venue.accounts.values()) {
    const memory = account.state
    const rows = account.stateOfRows()
    expect({ ...memory, marks: null }).toEqual({ ...rows, marks: null })
    for (const [key, balance] of rows.balances) {
      const [, purse = '', asset = ''] = key.split('|')
      if (purse === 'available' || purse === 'held') expect(balance).toBeGreaterThanOrEqual(0n)
      const name = purse.startsWith('clearing/') ? `${purse} ${asset}` : `all ${asset}`
      sums.set(name, (sums.get(name) ?? 0n) + balance)
      if (purse.startsWith('clearing/')) sums.set(`all ${asset}`, (sums.get(`all ${asset}`) ?? 0n) + balance)
    }
    for (const asset of ['USDT', 'BTC']) {
      const held = openOrders(rows)
        .filter(({ terms }) => (terms.side === 'buy' ? 'USDT' : 'BTC') === asset)
        .reduce((sum, order) => sum + order.held, 0n)
      expect(balanceOf(rows.balances, OWN, 'held', asset)).toBe(held)
    }
    for (const order of rows.orders.values()) {
      expect(order.status).not.toBe('pending')
      const known = resting.find(order.id) !== undefined
      expect({ order: order.id, resting: !hasEnded(order.status) }).toEqual({
        order: order.id,
        resting: known,
      })
    }
  }
  // What one side paid into clearing the other has taken out: both ends of every trade are settled, once.
  for (const [name, sum] of sums) expect({ name, sum }).toEqual({ name, sum: 0n })
  // Only the disks have failed, never a rule.
  expect(world.faults.filter(({ fault }) => fault.kind === 'receive' && !isDisk(fault.error))).toEqual([])
}

const isDisk = (error: unknown): boolean =>
  error instanceof Crash || (error instanceof Error && error.message === 'the disk is full')

describe('an order is placed and settled once', () => {
  const resting = orderCommand({ orderId: 'a1', side: 'sell', price: '60000', quantity: '0.1' })
  const taking = orderCommand({ orderId: 'b1', side: 'buy', price: '60000', quantity: '0.04' })

  async function started(dials: Partial<Dials>): Promise<Venue> {
    const venue = new Venue(7)
    venue.place('ada', resting)
    await venue.world.quiesce()
    venue.world.dials = { ...CALM, ...dials }
    return venue
  }

  async function expectBought(venue: Venue): Promise<void> {
    await venue.world.quiesce()
    const bea = venue.account('bea').stateOfRows()
    expect(bea.orders.get('b1')).toMatchObject({ status: 'filled', filledLots: 4_000 })
    expect(balanceOf(bea.balances, OWN, 'available', 'USDT')).toBe(toUnits('7600'))
    const ada = venue.account('ada').stateOfRows()
    expect(ada.orders.get('a1')).toMatchObject({ status: 'partially_filled', filledLots: 4_000 })
    expect(balanceOf(ada.balances, OWN, 'held', 'BTC')).toBe(toUnits('0.06'))
    expectWhole(venue)
  }

  it('when the submit never arrives and the account dies before it learns that', async () => {
    const venue = await started({ loseBatch: 1 })
    expect(venue.place('bea', taking)).toMatchObject({ ok: true, value: { status: 'pending' } })
    const held = balanceOf(venue.account('bea').stateOfRows().balances, OWN, 'held', 'USDT')
    expect(held).toBe(toUnits('2400'))
    await expectBought(venue)
  })

  it('when the market has matched and the answer is lost with the account', async () => {
    const venue = await started({ loseReceipt: 1 })
    venue.place('bea', taking)
    await venue.world.runUntil(venue.world.now + 100)
    venue.account('bea').stateOfRows()
    await expectBought(venue)
  })

  it('when the market dies right after it has matched', async () => {
    const venue = await started({ loseReceipt: 1 })
    venue.place('bea', taking)
    await venue.world.runUntil(venue.world.now + 100)
    venue.market.stateOfRows()
    await expectBought(venue)
  })

  it('when every batch arrives twice and late', async () => {
    const venue = await started({ duplicate: 1, delay: 0.5 })
    venue.place('bea', taking)
    await venue.world.runUntil(venue.world.now + 60_000)
    await expectBought(venue)
  })
})

describe('an account that dies at any step', () => {
  const steps = Array.from({ length: 60 }, (_, index) => index + 1)
  const buy = orderCommand({
    orderId: 'o1',
    clientOrderId: 'mine',
    side: 'buy',
    price: '60000',
    quantity: '0.01',
  })

  /** Says whether it died. */
  function dyingAt(account: OneAccount, step: number, work: () => void): boolean {
    account.store.crashAt(step)
    try {
      work()
    } catch {
      account.wakeAgain()
      return true
    }
    account.store.disarm()
    return false
  }

  it('of placing has held once and submits once when it is asked again', () => {
    const died = steps.filter((step) => {
      const account = new OneAccount().open(['USDT', '1000'])
      const crashed = dyingAt(account, step, () => account.place(buy))
      expect(account.place({ ...buy, orderId: 'o2' })).toMatchObject({ ok: true })
      expect(account.balance('held', 'USDT')).toBe(toUnits('600'))
      expect(account.balance('available', 'USDT')).toBe(toUnits('400'))
      expect(account.sent()).toMatchObject([{ type: 'submitOrder' }])
      return crashed
    })
    expect(died.length).toBeGreaterThan(4)
    expect(died.length).toBeLessThan(steps.length)
  })

  it('of settling has settled once when the report comes again', () => {
    const died = steps.filter((step) => {
      const account = new OneAccount().open(['USDT', '1000'])
      account.place(buy)
      const fills = [account.fill('buy', 5_900_000, 400), account.fill('buy', 5_950_000, 600)]
      const report = () => account.report({ orderId: 'o1', side: 'buy', status: 'filled', fills })
      const crashed = dyingAt(account, step, report)
      // The market cannot know and sends it again, under the same sequence.
      if (crashed) report()
      expect(account.balance('available', 'USDT')).toBe(toUnits('407'))
      expect(account.balance('held', 'USDT')).toBe(0n)
      expect(account.balance('available', 'BTC')).toBe(toUnits('0.00999'))
      expect(account.stateOfRows()).toEqual(account.state)
      return crashed
    })
    expect(died.length).toBeGreaterThan(10)
    expect(died.length).toBeLessThan(steps.length)
  })
})

describe('many orders over a bad network and bad disks', () => {
  const seeds = Array.from({ length: 6 }, (_, index) => 20_261_125 + index)

  it.each(seeds)('leave every unit in its place (seed %i)', async (seed) => {
    const venue = new Venue(seed)
    const { world } = venue
    await world.quiesce()
    world.dials = {
      loseBatch: 0.1,
      loseReceipt: 0.1,
      duplicate: 0.15,
      delay: 0.1,
      crash: 0.12,
      fail: 0.05,
      evict: 0.1,
    }
    const random = new Random(seed)
    const placed: { id: string; orderId: string }[] = []
    for (let number = 0; number < 120; number += 1) {
      const id = random.pick(PEOPLE)
      if (placed.length > 0 && random.chance(0.25)) {
        const { id: whose, orderId } = random.pick(placed)
        venue.cancel(whose, orderId)
      } else {
        const orderId = `${id}-${number}`
        venue.place(id, randomOrder(random, orderId))
        placed.push({ id, orderId })
      }
      await world.runUntil(world.now + random.between(0, 400))
    }
    await world.quiesce()
    expect(world.counts.crashes).toBeGreaterThan(0)
    const filled = PEOPLE.flatMap((id) => [...venue.account(id).state.orders.values()])
    expect(filled.some((order) => order.filledLots > 0)).toBe(true)
    expectWhole(venue)
  })
})

function randomOrder(random: Random, orderId: string): PlaceOrderCommand {
  const side = random.chance(0.5) ? 'buy' : 'sell'
  const own = { orderId, clientOrderId: orderId, side } as const
  const quantity = `0.0${random.between(1, 9)}${random.between(0, 99)}`
  if (random.chance(0.2))
    return side === 'buy'
      ? orderCommand({ ...own, type: 'market', quoteAmount: `${random.between(10, 900)}.37` })
      : orderCommand({ ...own, type: 'market', quantity })
  return orderCommand({
    ...own,
    price: `${random.between(59_990, 60_010)}.5`,
    quantity,
    timeInForce: random.pick(['GTC', 'GTC', 'GTC', 'IOC', 'FOK']),
  })
}
