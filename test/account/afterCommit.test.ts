import { describe, expect, it } from 'vitest'
import { accountDomain } from '../../worker/account/accountDomain.ts'
import type { AccountEvent, AccountState } from '../../worker/account/accountState.ts'
import { AfterCommit } from '../../worker/account/afterCommit.ts'
import { notify } from '../../worker/account/inbox.ts'
import { openAccount } from '../../worker/account/opening.ts'
import { newsOf } from '../../worker/account/privateStream.ts'
import { toUnits } from '../../worker/ledger/amount.ts'
import { Actor } from '../../worker/messaging/actor.ts'
import { accountAddress } from '../../worker/messaging/address.ts'
import { sqliteStore } from '../support/sqliteStore.ts'

/** An account whose every committed event is told to `told`. */
function watched() {
  const store = sqliteStore()
  const committed = new AfterCommit<AccountState, AccountEvent>()
  const told: string[][] = []
  const actor = new Actor(accountAddress('ada'), committed.of(accountDomain('ada')), {
    store,
    transport: { deliver: () => new Promise(() => {}) },
    moment: { now: 1, newId: () => 'id' },
    armAlarm: () => {},
  })
  committed.listen(() => {
    const { state } = actor
    const events = committed.take()
    if (events.length > 0) told.push(newsOf(state, events).map(({ type }) => type))
  })
  const open = () =>
    actor.execute((state, moment) => openAccount(state, [{ asset: 'USDT', amount: toUnits('10') }], moment))
  const notice = (id: string) =>
    actor.execute((state) =>
      notify(state, [{ id, type: 'system', priority: 'low', title: '', body: '', link: null, at: 1 }]),
    )
  // Its tables are made before anything is dialled to fail.
  actor.wake()
  return { store, told, open, notice }
}

describe('what watchers are told', () => {
  it('comes once the turn is over, in one piece', async () => {
    const { told, open, notice } = watched()
    open()
    notice('n1')
    expect(told).toEqual([])
    await null
    expect(told).toEqual([['notification', 'balances']])
  })

  it('is nothing of a turn that was undone', async () => {
    const { store, told, open, notice } = watched()
    store.failAt(3)
    expect(open).toThrow('the disk is full')
    await null
    expect(told).toEqual([])
    notice('n1')
    await null
    expect(told).toEqual([['notification']])
  })
})
