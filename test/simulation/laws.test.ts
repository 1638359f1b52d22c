import { describe, expect, it } from 'vitest'
import type { AccountMessage, FollowReport } from '../../worker/account/messages.ts'
import type { CopyPage } from '../../worker/copying/messages.ts'
import type { MarketMessage, MarketTurn } from '../../worker/market/messages.ts'
import type { PublicStream } from '../../worker/market/publicStream.ts'
import { accountAddress, marketAddress } from '../../worker/messaging/address.ts'
import { type Decision, nothing, type Outgoing } from '../../worker/messaging/domain.ts'
import type { SqlRow, SqlValue } from '../../worker/messaging/store.ts'
import type { Size } from './crowd.ts'
import { LAWS } from './laws.ts'
import { FAULTS, simulate } from './simulate.ts'
import type { Plant } from './venue.ts'

const SIZE = { accounts: 60, leaders: 2, operations: 1_500 }

/** Enough for somebody to meddle with what is another's some hundred times, and for many to copy alike. */
const MEDDLED = { ...SIZE, operations: 5_000 }

/** Soon over: an account that cannot go on is tried for an hour. */
const BRIEF = { ...SIZE, accounts: 10, markets: 1, operations: 120 }

/** One market in which few meet, and objects that are put out of memory all the time. */
const FORGETFUL = {
  size: { ...SIZE, accounts: 12, markets: 1, operations: 3_000 },
  faults: { ...FAULTS, evict: 0.1 },
}

const brokenBy = async (plant: Plant, size: Size = SIZE, faults = FAULTS): Promise<string> =>
  (await simulate(5, size, faults, plant)).broken.join('\n')

/** The decision with its messages of one type changed. */
function retold<Event, Message extends { type: string }>(
  decision: Decision<Event>,
  type: Message['type'],
  change: (message: Message) => Message,
): Decision<Event> {
  const isIt = (body: unknown): body is Message =>
    typeof body === 'object' && body !== null && 'type' in body && body.type === type
  const messages = decision.messages.map(
    (message): Outgoing => (isIt(message.body) ? { ...message, body: change(message.body) } : message),
  )
  return { ...decision, messages }
}

// A law that nothing breaks may be one that nobody looks at. Each of these faults is to be noticed, by the law it breaks.
describe('the laws notice', () => {
  it('each of the ten', () => {
    expect(LAWS.map(({ number }) => number).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('nothing when nothing is wrong', async () => {
    expect(await brokenBy({})).toBe('')
  })

  it('a fill that is settled twice', async () => {
    const broken = await brokenBy(
      {
        account: (domain) => ({
          receive: (state, from, message, moment) => {
            const decision = domain.receive(state, from, message, moment)
            const again = decision.events.filter(({ type }) => type === 'posted')
            return { ...decision, events: [...decision.events, ...again] }
          },
        }),
      },
      BRIEF,
    )
    expect(broken).toContain('law 3')
  })

  it('a fill that is lost', async () => {
    let reports = 0
    const broken = await brokenBy({
      account: (domain) => ({
        receive: (state, from, message, moment) => {
          reports += 1
          const decision = domain.receive(state, from, message, moment)
          return reports % 50 === 0 ? { ...decision, events: [], messages: [] } : decision
        },
      }),
    })
    expect(broken).toMatch(/law 3: account\/.* has not settled trade/)
    expect(broken).toMatch(/law 2: clearing\//)
    expect(broken).toMatch(/law 2: reconciliation finds/)
  })

  it('an account that believes a report of anybody', async () => {
    const broken = await brokenBy(
      {
        account: (domain) => ({
          receive: (state, from, message, moment) => {
            const report = message as AccountMessage
            const believed = report.type === 'orderReport' ? marketAddress(report.market) : from
            return domain.receive(state, believed, message, moment)
          },
        }),
      },
      MEDDLED,
    )
    expect(broken).toMatch(/law 9: .* never cancelled/)
  })

  it('a market that lets anybody cancel', async () => {
    const broken = await brokenBy(
      {
        market: (domain) => ({
          receive: (state, from, message, moment) => {
            const cancel = message as MarketMessage
            const order = cancel.type === 'cancelOrder' ? state.orders.find(cancel.orderId) : undefined
            const owner = order === undefined ? from : accountAddress(order.accountId)
            return domain.receive(state, owner, message, moment)
          },
        }),
      },
      MEDDLED,
    )
    expect(broken).toMatch(/law 9: .* never cancelled/)
  })

  it('a pool that sends back a unit too many', async () => {
    const broken = await brokenBy({
      pool: (domain) => ({
        receive: (state, from, message, moment) =>
          retold(domain.receive(state, from, message, moment), 'followReport', (report: FollowReport) => ({
            ...report,
            returned: report.returned > 0n ? report.returned + 1n : 0n,
          })),
      }),
    })
    expect(broken).toMatch(/law 2: pool\/.* is/)
  })

  it('a pool that favours one of two who want the same', async () => {
    const broken = await brokenBy(
      {
        pool: (domain) => ({
          receive: (state, from, message, moment) =>
            retold(domain.receive(state, from, message, moment), 'copyPage', (page: CopyPage) => ({
              ...page,
              copies: page.copies.map((copy, index) =>
                index === 0 && copy.quantity > 5n ? { ...copy, quantity: copy.quantity - 5n } : copy,
              ),
            })),
        }),
      },
      MEDDLED,
    )
    expect(broken).toMatch(/law 7: .* wanted the same/)
  })

  it('a copy past the most that its follow allows for one order', async () => {
    const broken = await brokenBy({
      pool: (domain) => ({
        receive: (state, from, message, moment) =>
          retold(domain.receive(state, from, message, moment), 'copyPage', (page: CopyPage) => ({
            ...page,
            copies: page.copies.map((copy) =>
              copy.quote > 0n ? { ...copy, quote: copy.quote * 100n } : copy,
            ),
          })),
      }),
    })
    expect(broken).toMatch(/law 7: .* for one order/)
    expect(broken).toMatch(/law 7: block .* was shared out/)
  })

  it('a leader who trades with the own followers, and a trade off its maker’s price', async () => {
    const broken = await brokenBy({
      market: (domain) => ({
        receive: (state, from, message, moment) =>
          retold(domain.receive(state, from, message, moment), 'marketTurn', (turn: MarketTurn) => ({
            ...turn,
            trades: turn.trades.map((trade) =>
              trade.taker.startsWith('pool/')
                ? { ...trade, maker: trade.taker.replace('pool/', 'account/') }
                : { ...trade, ticks: trade.ticks + 1 },
            ),
          })),
      }),
    })
    expect(broken).toMatch(/law 7: .* traded with the own followers/)
    expect(broken).toMatch(/law 5: .* its maker asked/)
  })

  it('a change that is in memory and in no row', async () => {
    const broken = await brokenBy({
      account: (domain) => ({
        persist: (store, event, before) => {
          if (event.type !== 'positionChanged') domain.persist(store, event, before)
        },
      }),
    })
    expect(broken).toMatch(/law 4: the rows of account\//)
  })

  it('an order that is passed over, since its market woke with the book the wrong way round', async () => {
    const plant: Plant = {
      market: (domain) => ({
        load: (store) =>
          domain.load({
            all<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Row[] {
              const rows = store.all<Row>(query, ...bindings)
              return query.includes('ORDER BY priority') ? rows.reverse() : rows
            },
            run: (query, ...bindings) => store.run(query, ...bindings),
            transaction: (work) => store.transaction(work),
          }),
      }),
    }
    const broken = await brokenBy(plant, FORGETFUL.size, FORGETFUL.faults)
    expect(broken).toMatch(/law 5: order .* where it is the turn of/)
  })

  it('a trade that is not worth its price', async () => {
    const broken = await brokenBy({
      market: (domain) => ({
        receive: (state, from, message, moment) =>
          retold(domain.receive(state, from, message, moment), 'marketTurn', (turn: MarketTurn) => ({
            ...turn,
            trades: turn.trades.map((trade) => ({ ...trade, quote: trade.quote + 1n })),
          })),
      }),
    })
    expect(broken).toMatch(/law 1: trade .* is not worth its price/)
    expect(broken).toMatch(/law 8: trades showed .* and told again as/)
  })

  it('a level that is told to nobody, and frames that do not follow each other', async () => {
    const streams = (change: (stream: PublicStream) => void): Plant => ({
      market: (domain) => ({
        load: (store) => {
          const state = domain.load(store)
          change(state.stream)
          return state
        },
      }),
    })
    let told = 0
    const silent = streams((stream) => {
      const { levelChanged } = stream
      stream.levelChanged = (side, ticks, lots) => {
        told += 1
        if (told % 50 !== 0) levelChanged.call(stream, side, ticks, lots)
      }
    })
    expect(await brokenBy(silent)).toMatch(/law 6: whoever watches .* has another book/)
    const unnumbered = streams((stream) => {
      const { take } = stream
      stream.take = () => {
        const changes = take.call(stream)
        const { book } = changes
        return book === null ? changes : { ...changes, book: { ...book, first: book.first + 1 } }
      }
    })
    expect(await brokenBy(unnumbered)).toMatch(/law 6: .* has a gap where no frame was lost/)
  })

  it('an order that was promised and is nowhere', async () => {
    let submitted = 0
    const plant: Plant = {
      account: (domain) => ({
        persist: (store, event, before) => {
          if (event.type !== 'orderChanged' || event.order.sequence > 0) domain.persist(store, event, before)
        },
      }),
      market: (domain) => ({
        receive: (state, from, message, moment) => {
          if ((message as MarketMessage).type === 'submitOrder') submitted += 1
          return submitted % 5 === 0 ? nothing(undefined) : domain.receive(state, from, message, moment)
        },
      }),
    }
    expect(await brokenBy(plant, FORGETFUL.size, FORGETFUL.faults)).toMatch(/law 6: .* was promised order/)
  })

  it('an order that is told again as another', async () => {
    const broken = await brokenBy({
      account: (domain) => ({
        apply: (state, event) =>
          domain.apply(
            state,
            event.type === 'orderChanged' && event.order.status === 'filled'
              ? { ...event, order: { ...event.order, filledQuote: event.order.filledQuote + 1n } }
              : event,
          ),
      }),
    })
    expect(broken).toMatch(/law 8: orders showed .* and told again as/)
  })

  it('a row that says other than what was told last', async () => {
    const isTurn = (body: unknown): body is MarketTurn => (body as MarketTurn).type === 'marketTurn'
    const broken = await brokenBy({
      market: (domain) => ({
        receive: (state, from, message, moment) => {
          const decision = domain.receive(state, from, message, moment)
          // Two of one sequence: which of them the database takes is chance, and the first was the true one.
          const untrue = decision.messages.flatMap(({ to, body }) =>
            isTurn(body)
              ? [
                  {
                    to,
                    body: {
                      ...body,
                      trades: [],
                      orders: body.orders.map((order) => ({ ...order, updatedAt: 1 })),
                    },
                  },
                ]
              : [],
          )
          return { ...decision, messages: [...decision.messages, ...untrue] }
        },
      }),
    })
    expect(broken).toMatch(/law 8: of order .* was told .* and the database shows/)
  })

  it('rows of what is over', async () => {
    const broken = await brokenBy(
      {
        pool: (domain) => ({
          persist: (store, event, before) => {
            if (event.type !== 'blockDone') domain.persist(store, event, before)
          },
        }),
      },
      MEDDLED,
    )
    expect(broken).toMatch(/law 10: pool\/.* rows of block, and 0 are the most/)
  })

  it('a table that nothing bounds', async () => {
    const broken = await brokenBy({
      market: (domain) => ({
        load: (store) => {
          store.run('CREATE TABLE IF NOT EXISTS diary (line TEXT)')
          return domain.load(store)
        },
      }),
    })
    expect(broken).toMatch(/law 10: nothing bounds diary of market\//)
  })
})
