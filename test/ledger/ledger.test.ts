import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LARGEST_AMOUNT } from '../../worker/ledger/amount.ts'
import {
  forgetEntries,
  loadBalances,
  persistEntry,
  readEntries,
  readOpening,
} from '../../worker/ledger/journal.ts'
import {
  type Balances,
  balanceOf,
  type Entry,
  faultOf,
  move,
  type Posting,
  type Purse,
  postEntry,
} from '../../worker/ledger/ledger.ts'
import { journalFault } from '../../worker/ledger/replay.ts'
import type { Store } from '../../worker/messaging/store.ts'
import { Disk } from '../support/sqliteStore.ts'

const OWNERS = ['', 'follow-1', 'follow-2']
const PURSES: readonly Purse[] = ['available', 'held', 'issued', 'fees', 'clearing/BTC-USDT', 'pool/ada']
const ASSETS = ['USDT', 'BTC']

const entryOf = (postings: readonly Posting[], id = 'entry'): Entry => ({
  id,
  kind: 'trade',
  reference: 'trade-1',
  at: 1,
  postings,
})

const place = fc.record({
  owner: fc.constantFrom(...OWNERS),
  purse: fc.constantFrom(...PURSES),
  asset: fc.constantFrom(...ASSETS),
})
const size = fc.oneof(fc.bigInt({ min: 1n, max: 1_000n }), fc.bigInt({ min: 1n, max: 2n ** 60n }))

/** Some moves, each from one purse to another of the same asset: balanced, though it may overdraw somebody. */
const balanced = fc
  .array(fc.record({ from: place, to: place, amount: size }), { minLength: 1, maxLength: 4 })
  .map((moves) =>
    moves.flatMap(({ from, to, amount }): Posting[] => [
      { ...from, amount: -amount },
      { ...to, asset: from.asset, amount },
    ]),
  )

const granted = (): Balances => {
  const balances: Balances = new Map()
  const purses = ASSETS.flatMap((asset) =>
    OWNERS.flatMap((owner) => move(owner, asset, 'issued', 'available', 500n)),
  )
  postEntry(balances, entryOf(purses))
  return balances
}

const isOwn = ({ purse }: { purse: Purse }) => purse === 'available' || purse === 'held'

describe('an entry', () => {
  it('that is balanced and overdraws nobody moves exactly its amounts', () => {
    fc.assert(
      fc.property(balanced, (postings) => {
        const balances = granted()
        fc.pre(faultOf(balances, entryOf(postings)) === null)
        const before = new Map(balances)
        postEntry(balances, entryOf(postings))
        for (const { owner, purse, asset } of postings) {
          const moved = postings
            .filter((other) => other.owner === owner && other.purse === purse && other.asset === asset)
            .reduce((sum, { amount }) => sum + amount, 0n)
          expect(balanceOf(balances, owner, purse, asset)).toBe(
            balanceOf(before, owner, purse, asset) + moved,
          )
        }
        expect([...balances.values()].every((amount) => amount !== 0n)).toBe(true)
      }),
    )
  })

  it('that is off by anything in any asset is refused and changes nothing', () => {
    fc.assert(
      fc.property(balanced, place, size, fc.boolean(), (postings, extra, amount, negative) => {
        const balances = granted()
        const before = new Map(balances)
        const unbalanced = [...postings, { ...extra, amount: negative ? -amount : amount }]
        expect(() => postEntry(balances, entryOf(unbalanced))).toThrow('ledger')
        expect(balances).toEqual(before)
      }),
    )
  })

  it('that would leave somebody less than nothing is refused and changes nothing; others may owe', () => {
    fc.assert(
      fc.property(balanced, (postings) => {
        const balances = granted()
        const before = new Map(balances)
        const after = new Map(balances)
        for (const { owner, purse, asset, amount } of postings) {
          const key = `${owner}|${purse}|${asset}` as const
          after.set(key, (after.get(key) ?? 0n) + amount)
        }
        const overdraws = postings.some(
          (posting) =>
            isOwn(posting) && (after.get(`${posting.owner}|${posting.purse}|${posting.asset}`) ?? 0n) < 0n,
        )
        if (overdraws) {
          expect(() => postEntry(balances, entryOf(postings))).toThrow('would be -')
          expect(balances).toEqual(before)
        } else postEntry(balances, entryOf(postings))
      }),
    )
  })

  it('with a posting of nothing is refused', () => {
    const postings = [
      ...move('', 'USDT', 'issued', 'available', 5n),
      { owner: '', purse: 'fees', asset: 'USDT', amount: 0n },
    ] as const
    expect(() => postEntry(new Map(), entryOf(postings))).toThrow('a posting of nothing')
  })

  it('past what an INTEGER holds is refused', () => {
    const balances: Balances = new Map()
    postEntry(balances, entryOf(move('', 'USDT', 'issued', 'available', LARGEST_AMOUNT)))
    expect(() => postEntry(balances, entryOf(move('', 'USDT', 'pool/ada', 'available', 1n)))).toThrow(
      'largest',
    )
  })
})

/** A store with the journal of those of the entries that the ledger takes. */
function journalOf(entries: readonly (readonly Posting[])[]): {
  disk: Disk
  store: Store
  balances: Balances
} {
  const disk = new Disk()
  const store = disk.open()
  const balances = loadBalances(store)
  const grants = ASSETS.flatMap((asset) =>
    OWNERS.flatMap((owner) => move(owner, asset, 'issued', 'available', 2n ** 61n)),
  )
  for (const [index, postings] of [grants, ...entries].entries()) {
    const entry = entryOf(postings, `entry-${index}`)
    if (faultOf(balances, entry) !== null) continue
    store.transaction(() => persistEntry(store, entry, balances))
    postEntry(balances, entry)
  }
  return { disk, store, balances }
}

describe('the journal', () => {
  it('gives back the balances, and each line says what it left', () => {
    fc.assert(
      fc.property(fc.array(balanced, { maxLength: 8 }), (entries) => {
        const { disk, store, balances } = journalOf(entries)
        expect(loadBalances(disk.open())).toEqual(balances)
        const replayed: Balances = new Map()
        for (const entry of readEntries(disk.open(), Number.MAX_SAFE_INTEGER, 100).reverse()) {
          const running = new Map(replayed)
          for (const { owner, purse, asset, amount, after } of entry.postings) {
            const key = `${owner}|${purse}|${asset}` as const
            running.set(key, (running.get(key) ?? 0n) + amount)
            expect(after).toBe(running.get(key))
          }
          postEntry(replayed, entry)
        }
        expect(replayed).toEqual(balances)
        void store
      }),
      { numRuns: 40 },
    )
  })

  it('gives back the balances at any number of entries, and is sound', () => {
    const { disk, store, balances } = journalOf([])
    for (let index = 0; index < 150; index += 1) {
      const entry = entryOf(move('', 'USDT', 'available', 'held', 1n + BigInt(index)), `more-${index}`)
      store.transaction(() => persistEntry(store, entry, balances))
      postEntry(balances, entry)
      expect(loadBalances(store)).toEqual(balances)
    }
    expect(journalFault(disk.open())).toBeNull()
  })

  const sample = () =>
    journalOf([
      move('', 'USDT', 'available', 'held', 70n),
      move('', 'USDT', 'held', 'clearing/BTC-USDT', 30n),
      move('', 'BTC', 'clearing/BTC-USDT', 'available', 3n),
      move('', 'USDT', 'held', 'available', 40n),
    ])

  it('is found sound, also after its oldest entries were forgotten', () => {
    const { store } = sample()
    expect(journalFault(store)).toBeNull()
    forgetEntries(store, 2)
    expect(journalFault(store)).toBeNull()
  })

  it('explains every balance from its opening and the entries kept, however often it was swept', () => {
    fc.assert(
      fc.property(
        fc.array(balanced, { minLength: 4, maxLength: 12 }),
        fc.array(fc.nat(12), { minLength: 1, maxLength: 4 }),
        (entries, sweeps) => {
          const { store, balances } = journalOf(entries)
          for (const upTo of sweeps) forgetEntries(store, upTo)
          expect(journalFault(store)).toBeNull()
          const opening = readOpening(store)
          const computed: Balances = new Map(opening.balances)
          for (const entry of readEntries(store, Number.MAX_SAFE_INTEGER, 100).reverse()) {
            expect(entry.number).toBeGreaterThan(opening.number)
            postEntry(computed, entry)
          }
          expect(computed).toEqual(balances)
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each([
    ['its opening is changed', 'UPDATE opening_balance SET amount = amount - 1'],
    ['its opening is lost', 'DELETE FROM opening_balance'],
    ['an entry is lost with the sweep', 'DELETE FROM entry WHERE number = 3'],
  ])('is found faulty after a sweep when %s', (_name, damage) => {
    const { store } = sample()
    forgetEntries(store, 2)
    store.run(damage)
    expect(journalFault(store)).not.toBeNull()
  })

  it.each([
    [
      'a balance is changed',
      `UPDATE balance SET amount = amount + 1 WHERE purse = 'available' AND owner = '' AND asset = 'BTC'`,
    ],
    ['a balance is gone', `DELETE FROM balance WHERE purse = 'fees' OR purse = 'clearing/BTC-USDT'`],
    ['an entry is gone', `DELETE FROM entry WHERE number = 3`],
    [
      'an entry is there twice',
      `INSERT INTO entry SELECT 99, id, kind, reference, at, postings FROM entry WHERE number = 3`,
    ],
    ['an amount is changed', `UPDATE entry SET postings = replace(postings, '"30"', '"31"')`],
    ['a balance without an entry is added', `INSERT INTO balance VALUES ('ghost', 'fees', 'BTC', 5)`],
  ])('is found faulty when %s', (_name, damage) => {
    const { store } = sample()
    // Has the balances written as they stand.
    forgetEntries(store, 1)
    expect(store.all('SELECT owner FROM balance').length).toBeGreaterThan(0)
    expect(journalFault(store)).toBeNull()
    store.run(damage)
    expect(journalFault(store)).not.toBeNull()
  })

  it('costs a row for each entry, and one for each balance that has moved once in a while', () => {
    const { disk, balances } = sample()
    const store = disk.open()
    const written: number[] = []
    for (let index = 0; index < 64; index += 1) {
      const postings = [
        ...move('', 'USDT', 'available', 'held', 5n),
        ...move('', 'USDT', 'available', 'held', 6n),
      ]
      const before = store.rowsWritten
      const entry = entryOf(postings, `more-${index}`)
      store.transaction(() => persistEntry(store, entry, balances))
      postEntry(balances, entry)
      written.push(store.rowsWritten - before)
    }
    const more = written.filter((rows) => rows > 1)
    expect(more).toHaveLength(1)
    expect(more[0]).toBeLessThan(20)
    expect(loadBalances(disk.open())).toEqual(balances)
  })
})
