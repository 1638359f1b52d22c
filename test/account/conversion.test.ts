import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CONVERSIONS_KEPT,
  convertSmallBalances,
  marketsToConvert,
  smallBalances,
} from '../../worker/account/conversion.ts'
import { MARK_MAX_AGE_MS } from '../../worker/account/equity.ts'
import type { TakeResidue } from '../../worker/account/messages.ts'
import { toDecimal, toUnits } from '../../worker/ledger/amount.ts'
import { journalFault } from '../../worker/ledger/replay.ts'
import { marketById, quoteOf } from '../../worker/market/settings.ts'
import { accountAddress, poolAddress } from '../../worker/messaging/address.ts'
import { OneAccount, sumsByAsset } from './oneAccount.ts'

const HOUSE = accountAddress('house.BTC-USDT')

/** BTC at 60,000, and XRP at 0.6. */
function holder(btc: string, xrp = '0'): OneAccount {
  const account = new OneAccount()
  const grants: [string, string][] = [
    ['USDT', '100'],
    ['BTC', btc],
    ['XRP', xrp],
  ]
  account.open(...grants.filter(([, amount]) => toUnits(amount) > 0n))
  mark(account)
  return account
}

function mark(account: OneAccount, at = account.now): void {
  account.execute(() => ({
    reply: undefined,
    events: [
      { type: 'marked', mark: { market: 'BTC-USDT', ticks: 6_000_000, at } },
      { type: 'marked', mark: { market: 'XRP-USDT', ticks: 6_000, at } },
    ],
    messages: [],
    timers: [],
  }))
}

const convert = (account: OneAccount, id = 'c1', assets: readonly string[] | null = null) =>
  account.execute((state, moment) => convertSmallBalances(state, id, assets, moment))

const offered = (account: OneAccount) =>
  smallBalances(account.state, account.now).map(({ asset, quantity, value }) => [
    asset,
    toDecimal(quantity),
    toDecimal(value),
  ])

describe('what can be converted', () => {
  it.each([
    ['less than a lot', '0.00000999', [['BTC', '0.00000999', '0.5994']]],
    ['lots below the least notional', '0.00008', [['BTC', '0.00008', '4.8']]],
    ['what is over the last whole lot of more', '0.50000123', [['BTC', '0.00000123', '0.0738']]],
    ['nothing of whole lots that can be sold', '0.5', []],
  ])('is %s', (_name, btc, expected) => {
    expect(offered(holder(btc))).toEqual(expected)
  })

  it('is nothing at a price older than its bound, or worth less than a unit', () => {
    const account = holder('0.00000999', '0.00000001')
    expect(offered(account)).toEqual([['BTC', '0.00000999', '0.5994']])
    expect(marketsToConvert(account.state)).toEqual(['BTC-USDT', 'XRP-USDT'])
    account.now += MARK_MAX_AGE_MS + 1
    expect(offered(account)).toEqual([])
    expect(convert(account)).toMatchObject({ ok: false, refusal: { code: 'nothing_to_convert' } })
  })

  it('is always what no order could sell, and leaves only what one can', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 10n }),
        fc.integer({ min: 1, max: 20_000_000 }),
        (units, ticks) => {
          const market = marketById('BTC-USDT')
          const account = holder(toDecimal(units))
          account.execute(() => ({
            reply: undefined,
            events: [{ type: 'marked', mark: { market: market.id, ticks, at: account.now } }],
            messages: [],
            timers: [],
          }))
          const [found] = smallBalances(account.state, account.now)
          const left = units - (found?.quantity ?? 0n)
          if (found === undefined) return
          expect(found.value).toBe((found.quantity * BigInt(ticks) * market.tickSize) / 10n ** 8n)
          expect(left % market.lotSize).toBe(0n)
          // Whole lots are taken only where they could not be sold.
          const lots = Number(units / market.lotSize)
          if (left === 0n && lots > 0)
            expect(
              quoteOf(market, ticks, lots) < market.minNotional || units % market.lotSize === units,
            ).toBe(true)
          else expect(found.quantity).toBeLessThan(market.lotSize)
        },
      ),
    )
  })
})

describe('a conversion', () => {
  it('moves both sides at the mark, and the house takes exactly what it gives', () => {
    const account = holder('0.50000123', '0.7')
    const outcome = convert(account)
    expect(outcome).toMatchObject({
      ok: true,
      value: { id: 'c1', items: [{ asset: 'BTC' }, { asset: 'XRP' }] },
    })
    expect(account.balance('available', 'BTC')).toBe(toUnits('0.5'))
    expect(account.balance('available', 'XRP')).toBe(0n)
    expect(account.balance('available', 'USDT')).toBe(toUnits('100') + toUnits('0.0738') + toUnits('0.42'))
    const [message] = account.sent(HOUSE) as TakeResidue[]
    if (message === undefined) throw new Error('the house was not told')
    const house = new OneAccount('house.BTC-USDT').open(['USDT', '10'])
    house.take(accountAddress('ada'), message)
    for (const asset of ['BTC', 'USDT'])
      expect(house.balance('residue/BTC-USDT', asset) + account.balance('residue/BTC-USDT', asset)).toBe(0n)
    expect(house.balance('available', 'BTC')).toBe(toUnits('0.00000123'))
    for (const one of [account, house]) {
      expect(sumsByAsset(one.state).every((sum) => sum === 0n)).toBe(true)
      expect(journalFault(one.store)).toBeNull()
      expect(one.stateOfRows()).toEqual(one.state)
    }
  })

  it('happens once for its id, also after the object has slept, and not for other assets', () => {
    const account = holder('0.00000999', '0.7')
    const first = convert(account, 'c1', ['BTC'])
    account.wakeAgain()
    mark(account)
    const rows = account.store.rowsWritten
    expect(convert(account, 'c1', ['BTC'])).toEqual(first)
    expect(account.store.rowsWritten).toBe(rows)
    expect(convert(account, 'c1', ['XRP'])).toMatchObject({ ok: false, refusal: { code: 'duplicate_id' } })
    expect(account.balance('available', 'XRP')).toBe(toUnits('0.7'))
    expect(account.sent(HOUSE)).toHaveLength(1)
  })

  it.each([
    ['that can be sold', 'BTC', '0.5'],
    ['that nobody has', 'ETH', '0.5'],
    ['without a market', 'EUR', '0.5'],
  ])('is refused for an asset %s, and nothing of the others is converted', (_name, asset, btc) => {
    const account = holder(btc, '0.7')
    expect(convert(account, 'c1', ['XRP', asset])).toMatchObject({
      ok: false,
      refusal: { code: 'nothing_to_convert', field: 'assets' },
    })
    expect(account.balance('available', 'XRP')).toBe(toUnits('0.7'))
  })

  it('realises what it brings over the average cost', () => {
    const account = holder('0.00000999')
    account.execute(() => ({
      reply: undefined,
      events: [
        {
          type: 'positionChanged',
          asset: 'BTC',
          position: { quantity: toUnits('0.00000999'), cost: toUnits('0.5') },
        },
      ],
      messages: [],
      timers: [],
    }))
    const outcome = convert(account)
    expect(outcome).toMatchObject({ ok: true, value: { items: [{ realised: toUnits('0.0994') }] } })
    expect(account.state.realised).toBe(toUnits('0.0994'))
    expect(account.state.positions.size).toBe(0)
    expect(account.stateOfRows()).toEqual(account.state)
  })

  it('of whole lots is a sale to the followers too; less than a lot is not', () => {
    const leader = holder('0.00008')
    leader.take(poolAddress('ada'), { type: 'fillsWanted', wanted: true })
    convert(leader)
    expect(leader.sent(poolAddress('ada'))).toMatchObject([
      {
        type: 'leaderTraded',
        side: 'sell',
        lots: 8,
        quote: toUnits('4.8'),
        heldBefore: 8_000n,
        heldAfter: 0n,
      },
    ])
    const dust = holder('0.00000999')
    dust.take(poolAddress('ada'), { type: 'fillsWanted', wanted: true })
    convert(dust)
    expect(dust.sent(poolAddress('ada'))).toEqual([])
  })

  it('is taken by a house only', () => {
    const nobody = new OneAccount('bob').open(['USDT', '10'])
    const message = {
      type: 'takeResidue',
      blockId: 'c1',
      market: 'BTC-USDT',
      quantity: 5n,
      quote: 5n,
    } as const
    nobody.take(accountAddress('ada'), message)
    expect(nobody.balance('available', 'USDT')).toBe(toUnits('10'))
  })

  it('is remembered up to a bound', () => {
    const account = holder('0.00000999')
    for (let number = 0; number < CONVERSIONS_KEPT + 2; number += 1) {
      account.execute((_state, moment) => ({
        reply: undefined,
        events: [
          {
            type: 'posted',
            entry: {
              id: moment.newId(),
              kind: 'grant',
              reference: 'more',
              at: moment.now,
              postings: [
                { owner: '', purse: 'issued', asset: 'BTC', amount: -5n },
                { owner: '', purse: 'available', asset: 'BTC', amount: 5n },
              ],
            },
          },
        ],
        messages: [],
        timers: [],
      }))
      expect(convert(account, `c${number}`).ok).toBe(true)
    }
    expect(account.state.conversions.size).toBe(CONVERSIONS_KEPT)
    expect([...account.stateOfRows().conversions.keys()].sort()).toEqual(
      [...account.state.conversions.keys()].sort(),
    )
  })
})
