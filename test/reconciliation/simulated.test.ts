import { beforeAll, describe, expect, it } from 'vitest'
import { MARKETS } from '../../worker/market/settings.ts'
import { encode } from '../../worker/messaging/codec.ts'
import { isStill } from '../../worker/reconciliation/conservation.ts'
import type { Difference, DifferenceKind } from '../../worker/reconciliation/difference.ts'
import { FAULTS } from '../simulation/simulate.ts'
import { Traffic } from '../simulation/traffic.ts'
import { Venue } from '../simulation/venue.ts'
import { CALM } from '../support/world.ts'
import { reconcileVenue, totalsOfVenue, viewOf } from './venueView.ts'

const SIZE = { accounts: 40, leaders: 2, operations: 1_200 }

/** A venue in the middle of its trading: everything goes wrong, and messages are under way. */
async function traded(seed: number): Promise<{ venue: Venue; traffic: Traffic }> {
  const venue = new Venue(seed, CALM)
  const { world } = venue
  const traffic = new Traffic(venue, SIZE)
  traffic.open()
  await world.runUntil(world.now + 1_000)
  world.dials = FAULTS
  for (let operation = 0; operation < SIZE.operations; operation += 1) {
    traffic.operate()
    await world.runUntil(world.now + world.random.below(31))
  }
  return { venue, traffic }
}

let venue: Venue
let traffic: Traffic

beforeAll(async () => {
  ;({ venue, traffic } = await traded(7))
}, 120_000)

const isOnItsWay = ({ kind }: Difference) => kind === 'projection' || kind === 'conservation'

describe('reconciliation over a simulated venue', () => {
  it('takes nothing that is only under way for a difference, in the middle of the trading', () => {
    const { differences, underWay } = reconcileVenue(venue)
    expect(underWay.length).toBeGreaterThan(0)
    // Sums over all objects, and queues, have no positions of their own: they are judged when they stand still.
    expect(differences.filter((difference) => !isOnItsWay(difference))).toEqual([])
  })

  it('finds nothing at all once everything is delivered', async () => {
    // Some leave their leaders, so that residues go to the houses.
    traffic.unfollowAll()
    for (let minute = 0; minute < 10; minute += 1) {
      for (const market of MARKETS) traffic.requote(market)
      await venue.world.runUntil(venue.world.now + 30_000)
    }
    await venue.world.quiesce()
    expect(reconcileVenue(venue)).toEqual({ differences: [], underWay: [] })
    const totals = totalsOfVenue(venue)
    expect(isStill(totals, totalsOfVenue(venue))).toBe(true)
    expect(viewOf(venue).markets.reduce((sum, { tradesMade }) => sum + tradesMade, 0)).toBeGreaterThan(100)
  })
})

describe('a planted difference is found, with the entries behind it:', () => {
  const someTrade = () => {
    const account = [...venue.accounts.values()].find(({ disk, state }) => {
      const [row] = disk.query("SELECT count(*) AS n FROM entry WHERE kind = 'trade'")
      return !state.isHouse && Number(row?.n) > 3
    })
    if (account === undefined) throw new Error('nobody has traded')
    return account
  }
  const rows = (object: { disk: { query(sql: string): unknown[] } }, sql: string) => object.disk.query(sql)

  /** Does the damage, looks, and undoes it by the statements given. */
  function planted(work: () => () => void): readonly Difference[] {
    const undo = work()
    try {
      return reconcileVenue(venue).differences
    } finally {
      undo()
    }
  }
  const kindsOf = (differences: readonly Difference[]): DifferenceKind[] =>
    [...new Set(differences.map(({ kind }) => kind))].sort()

  it('a balance that no entry explains', () => {
    const account = someTrade()
    const found = planted(() => {
      const add = (units: number) =>
        account.store.run(
          `INSERT INTO balance VALUES ('', 'available', 'USDT', CAST(?1 AS INTEGER))
           ON CONFLICT (owner, purse, asset) DO UPDATE SET amount = amount + CAST(?1 AS INTEGER)`,
          units,
        )
      add(1)
      return () => add(-1)
    })
    expect(kindsOf(found)).toEqual(['journal'])
    expect(found[0]).toMatchObject({ where: account.address })
    expect(found[0]?.entries).toHaveLength(1)
  })

  it('a trade that one side has not settled, one settled twice, and one with another amount or fee', () => {
    const account = someTrade()
    const [entry] = account.store.all<{ number: number; reference: string; postings: string }>(
      "SELECT number, reference, postings FROM entry WHERE kind = 'trade' ORDER BY number DESC LIMIT 1",
    )
    if (entry === undefined) throw new Error('no trade')
    const about = expect.stringContaining(entry.reference)
    const restore = () =>
      account.store.run(
        'UPDATE entry SET reference = ?, postings = ? WHERE number = ?',
        entry.reference,
        entry.postings,
        entry.number,
      )
    const missing = planted(() => {
      account.store.run("UPDATE entry SET reference = 'another' WHERE number = ?", entry.number)
      return restore
    })
    expect(missing).toContainEqual(
      expect.objectContaining({ kind: 'trade', where: account.address, about, found: '0' }),
    )
    expect(missing).toContainEqual(
      expect.objectContaining({
        kind: 'trade',
        about: expect.stringContaining('another'),
        expected: 'no such trade',
        entries: [expect.objectContaining({ number: entry.number })],
      }),
    )
    const twice = planted(() => {
      const [before] = account.store.all<{ number: number; reference: string }>(
        "SELECT number, reference FROM entry WHERE kind = 'trade' AND number < ? AND instr(postings, ?) > 0 ORDER BY number DESC LIMIT 1",
        entry.number,
        /clearing.[A-Z-]+/.exec(entry.postings)?.[0] ?? '',
      )
      account.store.run(
        'UPDATE entry SET reference = ? WHERE number = ?',
        entry.reference,
        before?.number ?? 0,
      )
      return () =>
        account.store.run(
          'UPDATE entry SET reference = ? WHERE number = ?',
          before?.reference ?? '',
          before?.number ?? 0,
        )
    })
    expect(twice).toContainEqual(
      expect.objectContaining({ kind: 'trade', about, expected: '1 entries', found: '2' }),
    )
    expect(twice.find(({ found }) => found === '2')?.entries).toHaveLength(2)
    const postings = JSON.parse(entry.postings) as [string, string, string, string, string][]
    const clearing = postings.find(([, purse]) => purse.startsWith('clearing/'))
    if (clearing === undefined) throw new Error('no clearing')
    const amount = planted(() => {
      clearing[3] = String(BigInt(clearing[3]) + 1n)
      account.store.run(
        'UPDATE entry SET postings = ? WHERE number = ?',
        JSON.stringify(postings),
        entry.number,
      )
      return restore
    })
    expect(kindsOf(amount)).toEqual(['journal', 'trade'])
  })

  it('a hold that no order explains', () => {
    const account = [...venue.accounts.values()].find(({ state }) =>
      [...state.orders.values()].some(({ held }) => held > 0n),
    )
    if (account === undefined) throw new Error('nobody has an open order')
    const order = [...account.state.orders.values()].find(({ held }) => held > 0n)
    if (order === undefined) throw new Error('no order')
    const found = planted(() => {
      account.state.orders.set(order.id, { ...order, held: order.held + 5n })
      return () => account.state.orders.set(order.id, order)
    })
    expect(kindsOf(found)).toEqual(['hold'])
    expect(found[0]?.entries.length).toBeGreaterThan(0)
  })

  it('an order that only its account, or only its market, knows', () => {
    const market = [...venue.markets.values()].find(
      ({ disk }) => disk.query('SELECT id FROM live_order').length > 0,
    )
    if (market === undefined) throw new Error('no order rests')
    const [row] = market.store.all<{ number: number; id: string; account: string }>(
      'SELECT number, id, account FROM live_order LIMIT 1',
    )
    const found = planted(() => {
      market.store.run("UPDATE live_order SET id = 'ghost' WHERE number = ?", row?.number ?? 0)
      return () =>
        market.store.run('UPDATE live_order SET id = ? WHERE number = ?', row?.id ?? '', row?.number ?? 0)
    })
    expect(kindsOf(found)).toEqual(['order'])
    expect(found.map(({ about }) => about).sort()).toEqual([row?.id, 'ghost'].sort())
    expect(found.find(({ about }) => about === row?.id)?.entries.map(({ kind }) => kind)).toContain('hold')
  })

  it('a transfer that the pool has less of than was sent', () => {
    const pool = [...venue.pools.values()].find(({ state }) => state.follows.size > 0)
    const [follow] = pool?.state.follows.values() ?? []
    if (pool === undefined || follow === undefined) throw new Error('nobody follows')
    const found = planted(() => {
      pool.state.follows.set(follow.id, { ...follow, allocated: follow.allocated - 1n })
      return () => pool.state.follows.set(follow.id, follow)
    })
    // The database shows what was sent, too.
    expect(kindsOf(found)).toEqual(['projection', 'transfer'])
    const transfer = found.find(({ kind }) => kind === 'transfer')
    expect(transfer).toMatchObject({ about: `follow ${follow.id}` })
    expect(transfer?.entries.map(({ kind }) => kind)).toContain('allocate')
  })

  it('a residue that the house has taken less of', () => {
    const house = [...venue.accounts.values()].find(
      ({ state, disk }) =>
        state.isHouse && disk.query("SELECT id FROM entry WHERE kind = 'residue'").length > 0,
    )
    if (house === undefined) throw new Error('no residue')
    const [entry] = house.store.all<{ number: number; reference: string }>(
      "SELECT number, reference FROM entry WHERE kind = 'residue' LIMIT 1",
    )
    const found = planted(() => {
      house.store.run("UPDATE entry SET reference = 'nobody' WHERE number = ?", entry?.number ?? 0)
      return () =>
        house.store.run(
          'UPDATE entry SET reference = ? WHERE number = ?',
          entry?.reference ?? '',
          entry?.number ?? 0,
        )
    })
    expect(kindsOf(found)).toEqual(['transfer'])
    expect(found[0]).toMatchObject({ about: `residue ${entry?.reference}`, where: house.address })
    expect(found[0]?.entries.map(({ kind }) => kind)).toContain('residue')
  })

  it('a coin made of nothing', () => {
    const account = someTrade()
    const before = account.state.balances.get('|available|USDT') ?? 0n
    const found = planted(() => {
      account.state.balances.set('|available|USDT', before + 1n)
      return () => account.state.balances.set('|available|USDT', before)
    })
    expect(found).toContainEqual(
      expect.objectContaining({ kind: 'conservation', about: 'everything in USDT', found: '1' }),
    )
  })

  it('a row of the database that is missing, or says something else', () => {
    const [market] = [...venue.trades.values()].filter((trades) => trades.size > 2)
    const [first, second] = market?.values() ?? []
    if (market === undefined || first === undefined || second === undefined) throw new Error('no trades')
    const found = planted(() => {
      market.delete(first.sequence)
      market.set(second.sequence, { ...second, quote: second.quote + 1n })
      return () => {
        market.set(first.sequence, first)
        market.set(second.sequence, second)
      }
    })
    expect(kindsOf(found)).toEqual(['projection'])
    expect(found.map(({ about }) => about).sort()).toEqual([`trade ${first.id}`, `trade ${second.id}`].sort())
    const account = someTrade()
    const traded = [...account.state.orders.values()].find(({ filledLots }) => filledLots > 0)
    const order = venue.orders.get(traded?.id ?? '')
    if (order === undefined) throw new Error('no order was projected')
    const orders = planted(() => {
      venue.orders.set(order.id, { ...order, status: 'expired' })
      return () => venue.orders.set(order.id, order)
    })
    expect(orders).toEqual([expect.objectContaining({ kind: 'projection', about: `order ${order.id}` })])
  })

  it('a follow that the database shows as it was, and a copy that it lacks or shows with another amount', () => {
    const [follow] = venue.follows.values()
    if (follow === undefined) throw new Error('nobody follows')
    const stale = planted(() => {
      venue.follows.set(follow.followId, { ...follow, version: follow.version - 1 })
      return () => venue.follows.set(follow.followId, follow)
    })
    expect(stale).toEqual([
      expect.objectContaining({ kind: 'projection', about: `follow ${follow.followId}` }),
    ])
    const page = venue.pages.findIndex(({ copies }) => copies.some(({ quantity }) => quantity > 0n))
    const shown = venue.pages[page]
    const copied = shown?.copies.find(({ quantity }) => quantity > 0n)
    if (shown === undefined || copied === undefined) throw new Error('nothing was copied')
    for (const instead of [[], [{ ...copied, quote: copied.quote + 1n }]]) {
      const found = planted(() => {
        const copies = [...shown.copies.filter(({ id }) => id !== copied.id), ...instead]
        venue.pages[page] = { ...shown, copies }
        return () => {
          venue.pages[page] = shown
        }
      })
      expect(kindsOf(found)).toEqual(['projection'])
      expect(found.map(({ about }) => about)).toContain(`copies of ${copied.followId}`)
      expect(found[0]?.entries.map(({ kind }) => kind)).toContain('copy')
    }
  })

  it('fills that no order explains', () => {
    const account = someTrade()
    const report = { market: 'BTC-USDT', orderId: 'gone', status: 'filled', fills: [{ tradeId: 'lost' }] }
    const found = planted(() => {
      account.store.run('INSERT INTO disputed_report (body) VALUES (?)', encode(report))
      return () => account.store.run('DELETE FROM disputed_report')
    })
    expect(found).toEqual([
      expect.objectContaining({ kind: 'disputed', where: account.address, about: 'gone' }),
    ])
    expect(rows(account, 'SELECT * FROM disputed_report')).toEqual([])
  })

  it('and nothing is left once it is undone', () => {
    expect(reconcileVenue(venue)).toEqual({ differences: [], underWay: [] })
  })
})
