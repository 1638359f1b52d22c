import { describe, expect, it } from 'vitest'
import { equityOf, netDepositsOf } from '../../worker/account/equity.ts'
import {
  changeFollow,
  closeFollow,
  ENDED_FOLLOWS_KEPT,
  FOLLOWS_AT_ONCE,
  type FollowCommand,
  openFollow,
} from '../../worker/account/following.ts'
import type { FollowReport } from '../../worker/account/messages.ts'
import type { FollowSettings } from '../../worker/copying/messages.ts'
import { NO_LIMITS } from '../../worker/copying/settings.ts'
import { toUnits } from '../../worker/ledger/amount.ts'
import { marketAddress, poolAddress } from '../../worker/messaging/address.ts'
import { OneAccount, sumsByAsset } from './oneAccount.ts'

const settings: FollowSettings = {
  mode: 'proportional',
  fixedAmount: null,
  maxPerOrder: toUnits('100'),
  maxSlippageBps: 50,
  notify: true,
  ratioMillionths: null,
  stopLossBps: null,
  takeProfitBps: null,
  limits: NO_LIMITS,
}

const command: FollowCommand = { followId: 'f1', leaderId: 'grace', settings, amount: toUnits('500') }

const follow = (account: OneAccount, over: Partial<FollowCommand> = {}) =>
  account.execute((state, moment) => openFollow(state, { ...command, ...over }, moment))

const report = (account: OneAccount, over: Partial<FollowReport>) =>
  account.take(poolAddress(over.leaderId ?? 'grace'), {
    type: 'followReport',
    followId: 'f1',
    leaderId: 'grace',
    status: 'active',
    reason: null,
    returned: 0n,
    at: account.now,
    ...over,
  })

describe('following', () => {
  it('moves the funds towards the pool and sends them with the settings', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    expect(follow(account)).toMatchObject({ ok: true, value: { status: 'opening' } })
    expect(account.balance('available', 'USDT')).toBe(toUnits('500'))
    expect(account.balance('pool/grace', 'USDT')).toBe(toUnits('500'))
    expect(account.sent(poolAddress('grace'))).toEqual([
      { type: 'openFollow', followId: 'f1', settings, amount: toUnits('500') },
    ])
    report(account, { status: 'active' })
    expect(account.state.follows.get('f1')?.status).toBe('active')
    expect(account.stateOfRows()).toEqual(account.state)
  })

  it.each([
    { why: 'cannot_follow_self', over: { leaderId: 'ada' } },
    { why: 'below_minimum', over: { amount: toUnits('9.99999999') } },
    { why: 'insufficient_funds', over: { amount: toUnits('1000.00000001') } },
  ])('refuses $why and moves nothing', ({ why, over }) => {
    const account = new OneAccount().open(['USDT', '1000'])
    expect(follow(account, over)).toMatchObject({ ok: false, refusal: { code: why } })
    expect(account.balance('available', 'USDT')).toBe(toUnits('1000'))
    expect(account.sent()).toEqual([])
  })

  it('refuses a second follow of the same leader until the first has ended', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    follow(account)
    expect(follow(account, { followId: 'f2', amount: toUnits('100') })).toMatchObject({
      refusal: { code: 'already_following' },
    })
    report(account, { status: 'closed', returned: toUnits('510') })
    expect(follow(account, { followId: 'f2', amount: toUnits('100') })).toMatchObject({ ok: true })
  })

  it('answers the same follow again, and refuses other content under its id', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    follow(account)
    expect(follow(account)).toMatchObject({ ok: true, value: { id: 'f1' } })
    expect(follow(account, { amount: toUnits('100') })).toMatchObject({ refusal: { code: 'duplicate_id' } })
    expect(account.sent()).toHaveLength(1)
  })

  it('has a bound of follows under way, and of ended ones that are kept', () => {
    const account = new OneAccount().open(['USDT', '10000'])
    for (let number = 0; number < FOLLOWS_AT_ONCE; number += 1)
      follow(account, { followId: `f${number}`, leaderId: `leader${number}`, amount: toUnits('10') })
    expect(follow(account, { followId: 'more', leaderId: 'more', amount: toUnits('10') })).toMatchObject({
      refusal: { code: 'above_maximum' },
    })
    for (let number = FOLLOWS_AT_ONCE; number < FOLLOWS_AT_ONCE + ENDED_FOLLOWS_KEPT + 3; number += 1) {
      const leaderId = `leader${number - FOLLOWS_AT_ONCE}`
      const followId = `f${number - FOLLOWS_AT_ONCE}`
      report(account, { followId, leaderId, status: 'closed', returned: toUnits('10') })
      follow(account, { followId: `f${number}`, leaderId: `leader${number}`, amount: toUnits('10') })
    }
    const ended = [...account.state.follows.values()].filter(({ status }) => status === 'closed')
    expect(ended).toHaveLength(ENDED_FOLLOWS_KEPT)
    expect(account.stateOfRows().follows).toEqual(account.state.follows)
  })
})

describe('a follow under way', () => {
  it('is paused by the pool, not by the wish', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    follow(account)
    report(account, { status: 'active' })
    account.execute((state, moment) => changeFollow(state, 'f1', { paused: true }, moment))
    expect(account.state.follows.get('f1')?.status).toBe('active')
    expect(account.sent(poolAddress('grace')).at(-1)).toEqual({
      type: 'changeFollow',
      followId: 'f1',
      paused: true,
    })
    report(account, { status: 'paused' })
    expect(account.state.follows.get('f1')?.status).toBe('paused')
  })

  it('brings its funds back when it closes, gains included', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    follow(account)
    report(account, { status: 'active' })
    account.execute((state, moment) => closeFollow(state, 'f1', moment))
    expect(account.state.follows.get('f1')?.status).toBe('closing')
    // One that was on its way already does not undo the wish.
    report(account, { status: 'active' })
    expect(account.state.follows.get('f1')?.status).toBe('closing')
    report(account, { status: 'closing', returned: toUnits('300') })
    report(account, { status: 'closed', returned: toUnits('250.5') })
    expect(account.state.follows.get('f1')).toMatchObject({ status: 'closed', returned: toUnits('550.5') })
    expect(account.balance('available', 'USDT')).toBe(toUnits('1050.5'))
    expect(sumsByAsset(account.state)).toEqual([0n])
    expect(account.stateOfRows()).toEqual(account.state)
  })

  it('asks the pool to close once, however often it is asked', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    follow(account)
    for (let time = 0; time < 3; time += 1)
      expect(account.execute((state, moment) => closeFollow(state, 'f1', moment))).toMatchObject({ ok: true })
    expect(account.sent()).toMatchObject([{ type: 'openFollow' }, { type: 'closeFollow' }])
  })

  it('takes its funds back when the pool refuses it, and may be tried again', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    follow(account)
    report(account, { status: 'refused', reason: 'leader_not_open', returned: toUnits('500') })
    expect(account.state.follows.get('f1')).toMatchObject({ status: 'refused', reason: 'leader_not_open' })
    expect(account.balance('available', 'USDT')).toBe(toUnits('1000'))
    for (const decide of [changeFollow, closeFollow])
      expect(
        account.execute((state, moment) =>
          decide === changeFollow
            ? changeFollow(state, 'f1', { paused: true }, moment)
            : closeFollow(state, 'f1', moment),
        ),
      ).toMatchObject({ refusal: { code: 'follow_closed' } })
  })

  it('counts as gone out and come in, never as earned', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    expect(netDepositsOf(account.state)).toBe(toUnits('1000'))
    follow(account)
    expect(netDepositsOf(account.state)).toBe(toUnits('500'))
    expect(equityOf(account.state, account.now)).toBe(toUnits('500'))
    report(account, { status: 'closed', returned: toUnits('510') })
    expect(netDepositsOf(account.state)).toBe(toUnits('1010'))
    expect(equityOf(account.state, account.now)).toBe(toUnits('1010'))
  })
})

describe('settings that no pool takes', () => {
  const tooMuch = { ...settings, maxPerOrder: 2n ** 63n }

  it('are refused before any funds leave', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    expect(follow(account, { settings: tooMuch })).toMatchObject({
      ok: false,
      refusal: { code: 'invalid_input', field: 'maxPerOrder' },
    })
    expect(account.balance('available', 'USDT')).toBe(toUnits('1000'))
  })

  it('are never shown as if they counted, and take no pause down with them', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    follow(account)
    report(account, { status: 'active' })
    const sent = account.sent(poolAddress('grace')).length
    const change = { paused: true, settings: tooMuch }
    const outcome = account.execute((state, moment) => changeFollow(state, 'f1', change, moment))
    expect(outcome).toMatchObject({ ok: false, refusal: { field: 'maxPerOrder' } })
    expect(account.state.follows.get('f1')?.settings).toEqual(settings)
    expect(account.sent(poolAddress('grace'))).toHaveLength(sent)
  })
})

describe('a report of a follow', () => {
  it('credits what it brings even when the follow is not known any more', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    report(account, { followId: 'forgotten', status: 'closed', returned: toUnits('20') })
    expect(account.balance('available', 'USDT')).toBe(toUnits('1020'))
    expect(account.balance('pool/grace', 'USDT')).toBe(-toUnits('20'))
  })

  it('counts only from the pool of its leader', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    follow(account)
    for (const from of [poolAddress('mallory'), marketAddress('BTC-USDT')])
      account.take(from, {
        type: 'followReport',
        followId: 'f1',
        leaderId: 'grace',
        status: 'closed',
        reason: null,
        returned: toUnits('1000'),
        at: 1,
      })
    expect(account.balance('available', 'USDT')).toBe(toUnits('500'))
    expect(account.state.follows.get('f1')?.status).toBe('opening')
  })
})
