import { Agent, request } from 'node:http'
import type * as z from 'zod'

export interface Answer {
  readonly status: number
  readonly text: string
}

/** Keep-alive connections to the server under test. */
export class Client {
  readonly #agent: Agent
  readonly #port: number

  constructor(port: number, connections: number) {
    this.#port = port
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const all = {
      ...headers,
      ...(method === 'GET' ? {} : { origin: `http://127.0.0.1:${this.#port}` }),
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    }
    return new Promise((resolve, reject) => {
      const sent = request(
        { agent: this.#agent, host: '127.0.0.1', port: this.#port, method, path, headers: all },
        (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => {
            text += chunk
          })
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
          response.on('error', reject)
        },
      )
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // The server has closed a connection that lay idle, just as it was used again: it has read nothing of the request.
        if (sent.reusedSocket && error.code === 'ECONNRESET')
          this.send(method, path, headers, body).then(resolve, reject)
        else reject(error)
      })
      sent.end(body)
    })
  }

  async json<Shape extends z.ZodType>(
    shape: Shape,
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: unknown,
  ): Promise<z.infer<Shape>> {
    const answer = await this.send(
      method,
      path,
      headers,
      body === undefined ? undefined : JSON.stringify(body),
    )
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return shape.parse(JSON.parse(answer.text))
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** How long things took, and how many of them went a second. */
export interface Timing {
  readonly count: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** Does all of it, `atOnce` at a time, each worker beginning its next when its last is answered. */
export async function timed<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<Timing> {
  const took: number[] = []
  let next = 0
  const began = performance.now()
  const worker = async () => {
    for (;;) {
      const item = items[next]
      next += 1
      if (item === undefined) return
      const start = performance.now()
      await work(item)
      took.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return timingOf(took, performance.now() - began)
}

export function timingOf(took: readonly number[], elapsed: number): Timing {
  const sorted = [...took].sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return {
    count: sorted.length,
    perSecond: (sorted.length / elapsed) * 1_000,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
  }
}
