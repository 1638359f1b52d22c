import { exports } from 'cloudflare:workers'

export const ORIGIN = 'http://localhost'

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly response: Response
}

/** Somebody who talks to the API: with a session once signed up, without one before. */
export class Client {
  readonly #send: (request: Request) => Response | Promise<Response>
  #cookie: string | null = null

  /** `send` hands a request to the Worker; another one than the deployed where a test needs it. */
  constructor(
    send: (request: Request) => Response | Promise<Response> = (request) => exports.default.fetch(request),
  ) {
    this.#send = send
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await this.#send(
      new Request(`${ORIGIN}/api/v1${path}`, {
        method,
        headers: {
          ...(this.#cookie === null ? {} : { cookie: this.#cookie }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(method === 'GET' ? {} : { origin: ORIGIN }),
          'cf-connecting-ip': '203.0.113.7',
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    )
    const text = response.webSocket === null ? await response.clone().text() : ''
    const isJson = response.headers.get('content-type')?.includes('json') === true
    return { status: response.status, body: isJson ? JSON.parse(text) : text, response }
  }

  async signUp(name: string): Promise<void> {
    const { response, status, body } = await this.call('POST', '/auth/sign-up/email', {
      name,
      email: `${name.toLowerCase()}@example.com`,
      password: 'correct horse battery',
    })
    if (status !== 200) throw new Error(`sign-up of ${name}: ${status} ${JSON.stringify(body)}`)
    this.#cookie = response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; ')
  }

  /** Opens a WebSocket and keeps what arrives. */
  async stream(path: string): Promise<StreamReader> {
    const { response, status, body } = await this.call('GET', path, undefined, {
      upgrade: 'websocket',
      origin: ORIGIN,
    })
    const socket = response.webSocket
    if (status !== 101 || socket === null)
      throw new Error(`no stream at ${path}: ${status} ${JSON.stringify(body)}`)
    return new StreamReader(socket)
  }
}

/** What a socket has said, and a promise of what it will say. */
export class StreamReader {
  readonly socket: WebSocket
  readonly messages: unknown[] = []
  readonly #waiting = new Set<() => void>()

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.addEventListener('message', (event) => {
      const text = String(event.data)
      this.messages.push(text === 'pong' ? text : JSON.parse(text))
      for (const check of [...this.#waiting]) check()
    })
    socket.accept()
  }

  /** The first message, of those to come or already here, that fits. The test's own timeout bounds the wait. */
  next<T>(fits: (message: unknown) => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const check = () => {
        for (const message of this.messages) {
          const found = fits(message)
          if (found === undefined) continue
          this.#waiting.delete(check)
          resolve(found)
          return
        }
      }
      this.#waiting.add(check)
      check()
    })
  }
}
