import { describe, expect, it } from 'vitest'
import { toUnits } from '../../worker/ledger/amount.ts'
import { ENTRIES_KEPT } from '../../worker/ledger/journal.ts'
import { OneAccount, orderCommand } from './oneAccount.ts'

describe('the journal', () => {
  it('lets its oldest entries go past its bound, and the balances stay', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    // As if so many had been written since: the sweep comes with every 256th entry.
    const last = Math.ceil((ENTRIES_KEPT + 1) / 256) * 256 - 1
    account.store.run(
      `INSERT INTO entry (number, id, kind, reference, at, postings) VALUES (?, 'later', 'release', 'o', 1, '[]')`,
      last,
    )
    account.place(orderCommand({ orderId: 'o1', side: 'buy', price: '60000', quantity: '0.01' }))
    const numbers = account.store.all<{ number: number }>('SELECT number FROM entry ORDER BY number')
    expect(numbers.map(({ number }) => number)).toEqual([last, last + 1])
    expect(account.stateOfRows().balances).toEqual(account.state.balances)
    expect(account.balance('held', 'USDT')).toBe(toUnits('600'))
  })
})
