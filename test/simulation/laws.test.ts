import { describe, expect, it } from 'vitest'
import type { AccountMessage, FollowReport } from '../../worker/account/messages.ts'
import type { CopyPage } from '../../worker/copying/messages.ts'
import type { MarketMessage, MarketTurn } from '../../worker/market/messages.ts'
import { accountAddress, marketAddress } from '../../worker/messaging/address.ts'
import type { Decision, Outgoing } from '../../worker/messaging/domain.ts'
import { FAULTS, simulate } from './simulate.ts'
import type { Plant } from './venue.ts'

const SIZE = { accounts: 60, leaders: 2, operations: 1_500 }

/** Enough for somebody to meddle with what is another's some hundred times, and for many to copy alike. */
const MEDDLED = { ...SIZE, operations: 5_000 }

const brokenBy = async (plant: Plant, size = SIZE): Promise<string> =>
  (await simulate(5, size, FAULTS, plant)).broken.join('\n')

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
  it('nothing when nothing is wrong', async () => {
    expect(await brokenBy({})).toBe('')
  })

  it('a fill that is settled twice', async () => {
    const broken = await brokenBy({
      account: (domain) => ({
        receive: (state, from, message, moment) => {
          const decision = domain.receive(state, from, message, moment)
          const again = decision.events.filter(({ type }) => type === 'posted')
          return { ...decision, events: [...decision.events, ...again] }
        },
      }),
    })
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
        persist: (store, event) => {
          if (event.type !== 'positionChanged') domain.persist(store, event)
        },
      }),
    })
    expect(broken).toMatch(/law 4: the rows of account\//)
  })
})
