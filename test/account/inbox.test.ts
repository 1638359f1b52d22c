import { describe, expect, it } from 'vitest'
import { INBOX_KEPT, markRead, type Notice, notify, unreadOf } from '../../worker/account/inbox.ts'
import { pageOfInbox } from '../../worker/account/pages.ts'
import { OneAccount } from './oneAccount.ts'

const notice = (number: number): Notice => ({
  id: `n${number}`,
  type: 'trade',
  priority: 'medium',
  title: `Notice ${number}`,
  body: '',
  link: null,
  at: number,
})

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index)

const tell = (account: OneAccount, ...which: number[]) =>
  account.execute((state) => notify(state, which.map(notice)))

describe('the inbox', () => {
  it('takes each notice once, within one call and over many', () => {
    const account = new OneAccount()
    tell(account, 1, 2, 2)
    tell(account, 2, 3, 1)
    expect([...account.state.notifications.keys()]).toEqual(['n1', 'n2', 'n3'])
    expect(unreadOf(account.state)).toBe(3)
    expect(account.stateOfRows()).toEqual(account.state)
  })

  it('does not make a notice unread again when it is delivered again', () => {
    const account = new OneAccount()
    tell(account, 1)
    account.execute((state) => markRead(state, ['n1']))
    tell(account, 1)
    expect(unreadOf(account.state)).toBe(0)
  })

  it('keeps the newest, and one that left does not come back', () => {
    const account = new OneAccount()
    tell(account, ...numbers(1, INBOX_KEPT))
    tell(account, INBOX_KEPT + 1, INBOX_KEPT + 2)
    expect(account.state.notifications.size).toBe(INBOX_KEPT)
    tell(account, 1, 2)
    expect(account.state.notifications.size).toBe(INBOX_KEPT)
    expect(account.state.notifications.has('n1')).toBe(false)
    expect(account.state.notifications.has('n3')).toBe(true)
    expect(account.stateOfRows()).toEqual(account.state)
  })

  it('marks the named ones read, or all, and counts what is left', () => {
    const account = new OneAccount()
    tell(account, 1, 2, 3)
    expect(account.execute((state) => markRead(state, ['n1', 'n1', 'stranger']))).toBe(2)
    expect(account.execute((state) => markRead(state, undefined))).toBe(0)
    expect(account.stateOfRows()).toEqual(account.state)
  })

  it('is read in pages, newest first, each notice once', () => {
    const account = new OneAccount()
    tell(account, ...numbers(1, 25))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = pageOfInbox(account.state, {
        limit: 10,
        unread: 0,
        ...(cursor === undefined ? {} : { cursor }),
      })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    expect(seen).toEqual(
      numbers(1, 25)
        .reverse()
        .map((number) => `n${number}`),
    )
  })
})
