import { beforeEach, expect, it } from 'vitest'
import type { Store } from '../../worker/messaging/store.ts'
import { migrate } from '../../worker/messaging/store.ts'

const past2to53 = 2n ** 53n + 1n
const largest = 2n ** 63n - 1n

/**
 * What the actors rely on in a store, run on each of its kinds. `withStore` hands the store to the work and lets it end
 * as the platform ends a request, so that a fault at the commit is seen; `empty` throws its rows away.
 */
export function storeContract(
  withStore: (work: (store: Store) => void) => Promise<void>,
  empty: () => void | Promise<void>,
): void {
  beforeEach(async () => {
    await empty()
    await withStore((store) => {
      store.run('CREATE TABLE amounts (name TEXT PRIMARY KEY, amount INTEGER NOT NULL)')
    })
  })

  const put = (store: Store, name: string, amount: bigint) =>
    store.run('INSERT INTO amounts VALUES (?, CAST(? AS INTEGER))', name, String(amount))
  const names = (store: Store) =>
    store.all<{ name: string }>('SELECT name FROM amounts ORDER BY name').map((row) => row.name)

  it('keeps integers past 2^53 exactly when bound and read as text', () =>
    withStore((store) => {
      const amounts = [past2to53, -past2to53, largest, -largest]
      amounts.forEach((amount, index) => {
        put(store, `a${index}`, amount)
      })
      const rows = store.all<{ amount: string; kind: string }>(
        'SELECT CAST(amount AS TEXT) AS amount, typeof(amount) AS kind FROM amounts ORDER BY name',
      )
      expect(rows.map((row) => BigInt(row.amount))).toEqual(amounts)
      expect(new Set(rows.map((row) => row.kind))).toEqual(new Set(['integer']))
    }))

  it('adds and compares them exactly in SQL', () =>
    withStore((store) => {
      put(store, 'one', past2to53)
      store.run('UPDATE amounts SET amount = amount + CAST(? AS INTEGER)', '2')
      const [row] = store.all<{ amount: string }>(
        'SELECT CAST(amount AS TEXT) AS amount FROM amounts WHERE amount = CAST(? AS INTEGER)',
        String(past2to53 + 2n),
      )
      expect(row?.amount).toBe(String(past2to53 + 2n))
    }))

  it('gives every row of an INSERT … RETURNING, and the turn commits', async () => {
    await withStore((store) => {
      const returned = store.transaction(() =>
        store.all<{ name: string }>(`INSERT INTO amounts VALUES ('a', 1), ('b', 2), ('c', 3) RETURNING name`),
      )
      expect(returned.map((row) => row.name)).toEqual(['a', 'b', 'c'])
    })
    await withStore((store) => expect(names(store)).toEqual(['a', 'b', 'c']))
  })

  it('leaves no cursor open when a statement without a result has one', async () => {
    await withStore((store) => {
      store.transaction(() => {
        store.run(`INSERT INTO amounts VALUES ('a', 1), ('b', 2) RETURNING name`)
        store.run('SELECT * FROM amounts')
      })
    })
    await withStore((store) => expect(names(store)).toEqual(['a', 'b']))
  })

  it('lets rows be changed while those of a query are walked', () =>
    withStore((store) => {
      for (const name of ['a', 'b', 'c']) put(store, name, 1n)
      let seen = 0
      for (const { name } of store.all<{ name: string }>('SELECT name FROM amounts')) {
        seen += 1
        store.run('INSERT INTO amounts VALUES (?, 0)', `${name}-copy`)
      }
      expect(seen).toBe(3)
    }))

  it('undoes all writes of a transaction that throws, and throws the same', async () => {
    const fault = new Error('no')
    await withStore((store) => {
      expect(() =>
        store.transaction(() => {
          put(store, 'a', 1n)
          store.run('CREATE TABLE another (x INTEGER)')
          throw fault
        }),
      ).toThrow(fault)
      expect(names(store)).toEqual([])
    })
    await withStore((store) => {
      expect(names(store)).toEqual([])
      store.run('CREATE TABLE another (x INTEGER)')
    })
  })

  it('returns what the work of a transaction returned', () =>
    withStore((store) => expect(store.transaction(() => 7)).toBe(7)))

  it('undoes the whole transaction when a statement breaks a constraint', () =>
    withStore((store) => {
      expect(() =>
        store.transaction(() => {
          put(store, 'a', 1n)
          put(store, 'a', 2n)
        }),
      ).toThrow()
      expect(names(store)).toEqual([])
    }))

  it('applies each migration once, and only the missing ones later', () =>
    withStore((store) => {
      const first = ['CREATE TABLE notes (text TEXT)']
      const second = [...first, `INSERT INTO notes VALUES ('once')`]
      migrate(store, 'notes', first)
      migrate(store, 'notes', first)
      migrate(store, 'notes', second)
      migrate(store, 'notes', second)
      expect(store.all('SELECT text FROM notes')).toEqual([{ text: 'once' }])
    }))
}
