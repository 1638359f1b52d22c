import { describe, expect, it } from 'vitest'
import type { Copy, CopyPage, FollowRecord } from '../../worker/copying/messages.ts'
import type { MarketTurn, OrderRecord } from '../../worker/market/messages.ts'
import { noticesOfCopies, noticesOfFollow, noticesOfTurn } from '../../worker/notifications/rules.ts'
import { SETTINGS } from '../copying/settings.ts'
import { termsOf } from '../market/terms.ts'

const ORDER: OrderRecord = {
  id: 'order-1',
  accountId: 'ada',
  sequence: 1,
  terms: termsOf({ orderId: 'order-1', side: 'buy', ticks: 6_000_000, lots: 1_000 }),
  filledLots: 1_000,
  filledQuote: 600n * 10n ** 8n,
  status: 'filled',
  reason: null,
  createdAt: 0,
  updatedAt: 5,
}
const turn = (...orders: Partial<OrderRecord>[]): MarketTurn => ({
  type: 'marketTurn',
  market: 'BTC-USDT',
  trades: [],
  orders: orders.map((order) => ({ ...ORDER, ...order })),
})

describe('what a market turn is worth telling', () => {
  it('tells of a limit order that has filled, in words with units', () => {
    expect(noticesOfTurn(turn({}))).toMatchObject([
      {
        id: 'order-1',
        accountId: 'ada',
        title: 'BTC/USDT order filled',
        body: 'You bought 0.01 BTC for 600 USDT.',
      },
    ])
  })

  it('tells of an order that the venue ended, and of what it had traded before', () => {
    expect(
      noticesOfTurn(turn({ status: 'cancelled', reason: 'stp', filledLots: 0, filledQuote: 0n })),
    ).toMatchObject([
      { title: 'BTC/USDT order cancelled', body: expect.stringContaining('Nothing was traded.') },
    ])
  })

  it('tells nobody what they did themselves, what is still open, or what the house does', () => {
    expect(
      noticesOfTurn(
        turn(
          { status: 'cancelled', reason: 'user' },
          { status: 'partially_filled' },
          { terms: termsOf({ orderId: 'order-1', side: 'buy', orderType: 'market', lots: 1_000 }) },
          { accountId: 'house.BTC-USDT' },
        ),
      ),
    ).toEqual([])
  })

  it('gives the same notice the same id when a turn is delivered twice', () => {
    expect(noticesOfTurn(turn({}))).toEqual(noticesOfTurn(turn({})))
  })
})

const COPY: Copy = {
  id: 'copy-1',
  followId: 'follow-1',
  followerId: 'bob',
  target: 10n ** 6n,
  wanted: 10n ** 6n,
  quantity: 10n ** 6n,
  quote: 600n * 10n ** 8n,
  fee: 1_000n,
  feeAsset: 'BTC',
  outcome: 'filled',
  reason: null,
  slippage: 12,
  delayMs: 41,
  notify: true,
}
const page = (...copies: Partial<Copy>[]): CopyPage => ({
  type: 'copyPage',
  leaderId: 'lea',
  blockId: 'block-1',
  market: 'BTC-USDT',
  side: 'buy',
  leader: { orderId: 'order-1', lots: 1_000, quote: 600n * 10n ** 8n, at: 0 },
  block: { lots: 1_000, quote: 600n * 10n ** 8n, participants: 1 },
  copies: copies.map((copy) => ({ ...COPY, ...copy })),
  at: 41,
})

describe('what followers are told', () => {
  it('tells those who asked, once a copy', () => {
    const notices = noticesOfCopies(
      page({}, { id: 'copy-2', notify: false }, { id: 'copy-3', outcome: 'skipped' }),
      'Lea',
    )
    expect(notices).toMatchObject([
      {
        id: 'copy-1',
        accountId: 'bob',
        title: 'Copied Lea: bought BTC',
        body: 'Bought 0.01 BTC for 600 USDT, 41 ms after the trader.',
        link: '/copies/follow-1',
      },
    ])
  })

  it('tells once, and before everything else, that a stop has ended a follow', () => {
    const record: FollowRecord = {
      type: 'followRecord',
      followId: 'follow-1',
      leaderId: 'lea',
      followerId: 'bob',
      status: 'closing',
      endedBy: 'stop_loss',
      settings: { ...SETTINGS, notify: false, stopLossBps: 2_000 },
      allocated: 1n,
      version: 3,
      createdAt: 0,
      at: 7,
    }
    expect(noticesOfFollow(record, 'Lea')).toMatchObject([
      {
        id: 'follow-1',
        accountId: 'bob',
        type: 'risk',
        priority: 'critical',
        link: '/copies/follow-1',
        at: 7,
      },
    ])
    expect(noticesOfFollow({ ...record, status: 'closed' }, 'Lea')).toEqual([])
    expect(noticesOfFollow({ ...record, endedBy: null }, 'Lea')).toEqual([])
  })

  it('tells of a failure with high priority', () => {
    expect(noticesOfCopies(page({ outcome: 'failed' }), 'Lea')).toMatchObject([{ priority: 'high' }])
  })
})
