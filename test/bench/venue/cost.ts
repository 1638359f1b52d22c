import * as z from 'zod'
import type { Client } from './client.ts'
import { fillingOrder, orderOf, restingOrder, type Trader } from './traders.ts'
import type { Shape } from './worker/shape.ts'

const Charged = z.object({
  requests: z.number(),
  alarms: z.number(),
  rowsRead: z.number(),
  rowsWritten: z.number(),
  alarmsSet: z.number(),
  turns: z.number(),
  characters: z.number(),
})

const Figures = z.object({
  objects: z.record(z.string(), Charged),
  database: z.object({ queries: z.number(), rowsRead: z.number(), rowsWritten: z.number() }),
  queue: z.object({ messages: z.number(), batches: z.number() }),
})
export type Figures = z.infer<typeof Figures>

/** Operations of each kind that are counted, one after another; figures are of one. */
const COUNTED = 60

/** What is under way when the last is answered: a message to the queue and what its consumer writes. */
const REST_MS = 600

export interface Counted {
  readonly name: string
  readonly figures: Figures
  /** Characters of the answer. */
  readonly answer: number
}

/** What one operation costs, of each kind, in a row of its own kind: orders of one account on one market. */
export async function countCosts(client: Client, trader: Trader): Promise<Counted[]> {
  const market = 'BTC-USDT'
  const mine = { cookie: trader.cookie }
  const place = (body: string) => said(client, 'POST', '/api/v1/orders', mine, body)
  // Whatever is done for the first time: tables, marks, alarms.
  await place(restingOrder(market))
  await place(fillingOrder(market, 'buy'))
  const ids: string[] = []
  const made: Counted[] = []
  const count = async (name: string, times: number, work: (index: number) => Promise<string>) => {
    await takeFigures(client)
    let answer = 0
    for (let index = 0; index < times; index += 1) answer += (await work(index)).length
    const figures = await takeFigures(client)
    made.push({ name, figures: perOperation(figures, times), answer: answer / times })
  }
  await count('order that rests', COUNTED, async () => {
    const text = await place(restingOrder(market))
    ids.push(orderOf(text).order.id)
    return text
  })
  await count('amend, less of it', COUNTED, (index) =>
    said(client, 'PATCH', `/api/v1/orders/${ids[index]}`, mine, JSON.stringify({ quantity: '0.00019' })),
  )
  await count('cancel', COUNTED, (index) => said(client, 'DELETE', `/api/v1/orders/${ids[index]}`, mine))
  await count('order that fills', COUNTED, () => place(fillingOrder(market, 'buy')))
  return made
}

async function said(
  client: Client,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<string> {
  const { status, text } = await client.send(method, path, headers, body)
  if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text}`)
  return text
}

async function takeFigures(client: Client): Promise<Figures> {
  await new Promise((resolve) => setTimeout(resolve, REST_MS))
  return client.json(Figures, 'POST', '/bench/figures')
}

function perOperation(figures: Figures, times: number): Figures {
  const part = <Numbers extends Record<string, number>>(numbers: Numbers): Numbers => {
    const parts: Record<string, number> = {}
    for (const [name, value] of Object.entries(numbers)) parts[name] = value / times
    return Object.assign({ ...numbers }, parts)
  }
  return {
    objects: Object.fromEntries(
      Object.entries(figures.objects).map(([kind, charged]) => [kind, part(charged)]),
    ),
    database: part(figures.database),
    queue: part(figures.queue),
  }
}

/** The work of the floor for an operation: the calls, turns and rows that were counted, in the same places. */
export function shapeOf({ figures, answer }: Counted): Shape {
  const { account, market } = figures.objects
  if (account === undefined || market === undefined)
    throw new Error('nothing was counted of account or market')
  const rows = account.rowsWritten + market.rowsWritten
  return {
    account: turns(account, 2),
    market: turns(market, 2),
    row: Math.round((account.characters + market.characters) / rows),
    message: Math.round(market.characters / 3),
    answer: Math.round(answer),
    queued: Math.round(figures.queue.messages),
    projected: Math.round(figures.database.rowsWritten),
    asked: 1,
  }
}

/** Rows spread over so many turns, the first having what does not come out even. */
function turns(charged: z.infer<typeof Charged>, count: number): Shape['account'] {
  const spread = (total: number, index: number) =>
    Math.floor(total / count) + (index < Math.round(total) % count ? 1 : 0)
  return Array.from({ length: count }, (_, index) => ({
    reads: spread(charged.rowsRead, index),
    writes: spread(charged.rowsWritten, index),
  }))
}
