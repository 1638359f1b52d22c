import { DurableObject } from 'cloudflare:workers'
import * as z from 'zod'
import { Shape } from './shape.ts'

interface FloorEnv {
  readonly FLOOR_ACCOUNT: DurableObjectNamespace<FloorAccount>
  readonly FLOOR_MARKET: DurableObjectNamespace<FloorMarket>
  readonly FLOOR_EVENTS: Queue
  readonly DB: D1Database
}

/** Rows that are written over again and again: a table that grows would measure something else. */
const ROWS = 1_000

abstract class Floor extends DurableObject<FloorEnv> {
  #next = 0

  constructor(ctx: DurableObjectState, env: FloorEnv) {
    super(ctx, env)
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS floor (id INTEGER PRIMARY KEY, body TEXT NOT NULL)')
  }

  /** One transaction that reads and writes so many rows. */
  protected turn(turn: Shape['account'][number] | undefined, size: number): void {
    if (turn === undefined) return
    const body = 'x'.repeat(size)
    const { sql } = this.ctx.storage
    this.ctx.storage.transactionSync(() => {
      for (let read = 0; read < turn.reads; read += 1)
        sql.exec('SELECT body FROM floor WHERE id = ?', this.#next - read).toArray()
      for (let write = 0; write < turn.writes; write += 1) {
        this.#next = (this.#next + 1) % ROWS
        sql.exec('INSERT OR REPLACE INTO floor (id, body) VALUES (?, ?)', this.#next, body).toArray()
      }
    })
  }
}

export class FloorAccount extends Floor {
  async ask(market: string, said: unknown, shape: Shape): Promise<{ answer: string; said: unknown }> {
    this.turn(shape.account[0], shape.row)
    const message = { messages: ['x'.repeat(shape.message)] }
    await this.env.FLOOR_MARKET.getByName(market).receive(message, shape)
    this.turn(shape.account[1], shape.row)
    return { answer: 'x'.repeat(shape.answer), said }
  }
}

export class FloorMarket extends Floor {
  #queued = 0
  #sending = false

  receive(_batch: unknown, shape: Shape): { applied: number; back: string[] } {
    this.turn(shape.market[0], shape.row)
    this.#queued += shape.queued
    if (!this.#sending) void this.#send(shape)
    return { applied: 1, back: ['x'.repeat(shape.message)] }
  }

  /** As the venue does: what came while a batch was under way leaves with the next. */
  async #send(shape: Shape): Promise<void> {
    this.#sending = true
    while (this.#queued > 0) {
      const count = Math.min(this.#queued, 100)
      this.#queued -= count
      const body = { rows: shape.projected, text: 'x'.repeat(shape.message) }
      await this.env.FLOOR_EVENTS.sendBatch(Array.from({ length: count }, () => ({ body })))
      this.turn(shape.market[1], shape.row)
    }
    this.#sending = false
  }
}

/** What the floor's requests say beside the order: how much to do, and where. */
const Asked = z.object({ shape: Shape, market: z.string(), account: z.string() })

/** The shape travels in a header, so that the body is the venue's own. */
export async function floor(request: Request, env: FloorEnv): Promise<Response> {
  const { shape, market, account } = Asked.parse(JSON.parse(request.headers.get('x-floor') ?? ''))
  const text = await request.text()
  const said: unknown = text === '' ? null : JSON.parse(text)
  for (let query = 0; query < shape.asked; query += 1)
    await env.DB.prepare('SELECT * FROM session WHERE token = ?').bind(account).all()
  return Response.json(await env.FLOOR_ACCOUNT.getByName(account).ask(market, said, shape))
}

const Queued = z.object({ rows: z.number(), text: z.string() })

export async function projectFloor(batch: MessageBatch, env: FloorEnv): Promise<void> {
  const rows: string[] = []
  for (const { body } of batch.messages) {
    const queued = Queued.parse(body)
    for (let row = 0; row < queued.rows; row += 1) rows.push(queued.text)
  }
  await env.DB.prepare(
    `INSERT OR REPLACE INTO floor (id, body) SELECT (key + ?2) % ${ROWS}, value FROM json_each(?1)`,
  )
    .bind(JSON.stringify(rows), Date.now())
    .run()
  batch.ackAll()
}
