import { describe, expect, it } from 'vitest'
import { closeFollow, openFollow } from '../../worker/account/following.ts'
import { CLOSED_RECORDS_KEPT, RESET_EVERY_MS, resetAccount } from '../../worker/account/reset.ts'
import { NO_LIMITS } from '../../worker/copying/settings.ts'
import { toUnits } from '../../worker/ledger/amount.ts'
import { journalFault } from '../../worker/ledger/replay.ts'
import { poolAddress } from '../../worker/messaging/address.ts'
import { BTC, OneAccount, orderCommand, sumsByAsset } from './oneAccount.ts'

const reset = (account: OneAccount, id = 'reset-1') =>
  account.execute((state, moment) => resetAccount(state, id, moment))

/** Has bought 0.1 BTC and sold half of it again. */
function trader(): OneAccount {
  const account = new OneAccount().open(['USDT', '10000'])
  account.place(orderCommand({ orderId: 'o1', side: 'buy', price: '60000', quantity: '0.1' }))
  account.report({
    orderId: 'o1',
    side: 'buy',
    status: 'filled',
    fills: [account.fill('buy', 6_000_000, 10_000)],
  })
  account.place(orderCommand({ orderId: 'o2', side: 'sell', price: '61000', quantity: '0.05' }))
  account.report({
    orderId: 'o2',
    side: 'sell',
    status: 'filled',
    fills: [account.fill('sell', 6_100_000, 5_000)],
  })
  account.now += 60_000
  return account
}

const settings = {
  mode: 'fixed',
  fixedAmount: toUnits('20'),
  maxPerOrder: toUnits('20'),
  maxSlippageBps: 50,
  notify: true,
  ratioMillionths: null,
  stopLossBps: null,
  takeProfitBps: null,
  limits: NO_LIMITS,
} as const

describe('a reset', () => {
  it('gives everything back, grants anew, and starts positions and realised profit over', () => {
    const account = trader()
    const before = { usdt: account.balance('available', 'USDT'), realised: account.state.realised }
    expect(before.realised).toBeGreaterThan(0n)
    const outcome = reset(account)
    if (!outcome.ok) throw new Error(outcome.refusal.message)
    expect(outcome.value).toMatchObject({
      id: 'reset-1',
      startedAt: 1_000_000,
      endedAt: 1_060_000,
      realised: before.realised,
      netDeposits: toUnits('10000'),
      quoteReturned: before.usdt,
    })
    // 0.1 BTC less the fee, less what was sold, at the mark of the reports.
    expect(outcome.value.equity).toBe(before.usdt + toUnits('2994'))
    expect(account.balance('available', 'USDT')).toBe(toUnits('10000'))
    expect(account.balance('available', BTC.base)).toBe(0n)
    expect(account.state.positions.size).toBe(0)
    expect(account.state.realised).toBe(0n)
    // What was issued less what came back is what the books still owe: nothing is made or lost.
    expect(sumsByAsset(account.state).every((sum) => sum === 0n)).toBe(true)
    expect(account.stateOfRows()).toEqual(account.state)
    expect(journalFault(account.store)).toBeNull()
  })

  it('happens once, however often it is asked for with its id, also after the object has slept', () => {
    const account = trader()
    const first = reset(account)
    account.wakeAgain()
    const rows = account.store.rowsWritten
    expect(reset(account)).toEqual(first)
    expect(account.store.rowsWritten).toBe(rows)
    expect(account.state.records.size).toBe(1)
  })

  it('is refused while an order is open', () => {
    const account = trader()
    account.place(orderCommand({ orderId: 'o3', side: 'buy', price: '50000', quantity: '0.01' }))
    expect(reset(account)).toMatchObject({ ok: false, refusal: { code: 'orders_open' } })
    account.report({ orderId: 'o3', side: 'buy', status: 'cancelled', reason: 'user' })
    expect(reset(account).ok).toBe(true)
  })

  it('is refused while funds are with a leader, also on their way back', () => {
    const account = trader()
    const command = { followId: 'f1', leaderId: 'lee', settings, amount: toUnits('100') }
    account.execute((state, moment) => openFollow(state, command, moment))
    expect(reset(account)).toMatchObject({ ok: false, refusal: { code: 'follows_open' } })
    account.execute((state, moment) => closeFollow(state, 'f1', moment))
    expect(reset(account)).toMatchObject({ ok: false, refusal: { code: 'follows_open' } })
    account.take(poolAddress('lee'), {
      type: 'followReport',
      followId: 'f1',
      leaderId: 'lee',
      status: 'closed',
      reason: null,
      returned: toUnits('90'),
      at: account.now,
    })
    expect(reset(account).ok).toBe(true)
    // The funds lost with the leader stay told in the books between the two.
    expect(account.balance('pool/lee', 'USDT')).toBe(toUnits('10'))
  })

  it('is refused while somebody follows', () => {
    const account = trader()
    account.take(poolAddress('ada'), { type: 'fillsWanted', wanted: true })
    expect(reset(account)).toMatchObject({ ok: false, refusal: { code: 'has_followers' } })
    account.take(poolAddress('ada'), { type: 'fillsWanted', wanted: false })
    expect(reset(account).ok).toBe(true)
  })

  it('is refused when it would change nothing, for a house, and for an account that never opened', () => {
    expect(reset(new OneAccount().open(['USDT', '10000']))).toMatchObject({
      ok: false,
      refusal: { code: 'nothing_to_reset' },
    })
    for (const account of [new OneAccount('house.BTC-USDT').open(['USDT', '5']), new OneAccount()])
      expect(reset(account)).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
  })

  it('comes at most once an hour, and the next record begins where the one before ended', () => {
    const account = trader()
    reset(account)
    const spend = (id: string) => {
      account.place(orderCommand({ orderId: id, side: 'buy', price: '60000', quantity: '0.1' }))
      const fills = [account.fill('buy', 6_000_000, 10_000)]
      account.report({ orderId: id, side: 'buy', status: 'filled', fills })
    }
    spend('o5')
    expect(reset(account, 'reset-2')).toMatchObject({ ok: false, refusal: { code: 'rate_limited' } })
    account.now += RESET_EVERY_MS
    expect(reset(account, 'reset-2')).toMatchObject({
      ok: true,
      value: { startedAt: 1_060_000, realised: 0n },
    })
  })

  it('works for whoever has nothing left at all', () => {
    const account = new OneAccount().open()
    expect(reset(account)).toMatchObject({ ok: true, value: { equity: 0n, quoteReturned: 0n } })
    expect(account.balance('available', 'USDT')).toBe(toUnits('10000'))
  })

  it('keeps a bounded number of closed records', () => {
    const account = trader()
    for (let number = 0; number < CLOSED_RECORDS_KEPT + 3; number += 1) {
      account.place(orderCommand({ orderId: `b${number}`, side: 'buy', price: '60000', quantity: '0.001' }))
      const fills = [account.fill('buy', 6_000_000, 100)]
      account.report({ orderId: `b${number}`, side: 'buy', status: 'filled', fills })
      account.now += RESET_EVERY_MS
      expect(reset(account, `r${number}`).ok).toBe(true)
    }
    expect(account.state.records.size).toBe(CLOSED_RECORDS_KEPT)
    expect([...account.stateOfRows().records.keys()]).toEqual([...account.state.records.keys()])
  })
})
