import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sendEmail } from '../../worker/notifications/email.tsx'
import type { NotificationMessage } from '../../worker/notifications/message.ts'

const NOTICE: NotificationMessage = {
  id: '0198c0de-0000-7000-8000-000000000001',
  accountId: '0198c0de-0000-7000-8000-000000000002',
  type: 'risk',
  priority: 'high',
  title: 'A copy of <b>Bold</b> failed',
  body: 'The BTC/USDT buy was not made.',
  link: '/copies/1',
  at: 0,
}

let server: Server
let received: { headers: IncomingMessage['headers']; body: Record<string, unknown> }[]
let status: number

beforeEach(async () => {
  received = []
  status = 200
  server = createServer((request, response) => {
    let text = ''
    request.on('data', (part) => {
      text += String(part)
    })
    request.on('end', () => {
      received.push({ headers: request.headers, body: JSON.parse(text) })
      response.writeHead(status, { 'content-type': 'application/json' })
      const refusal = { name: 'rate_limit_exceeded', message: 'Too many requests', statusCode: status }
      response.end(JSON.stringify(status === 200 ? { id: 'sent' } : refusal))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(() => new Promise((resolve) => server.close(resolve)))

const send = () => {
  const { port } = server.address() as AddressInfo
  const settings = { key: 're_test', from: 'Venue <a@example.com>', site: 'https://venue.example' }
  return sendEmail({ ...settings, baseUrl: `http://127.0.0.1:${port}` }, 'ada@example.com', NOTICE)
}

it('sends HTML and text to the person, with the notice as idempotency key', async () => {
  expect(await send()).toEqual({ ok: true })
  const [request] = received
  expect(request?.headers['idempotency-key']).toBe(NOTICE.id)
  expect(request?.body).toMatchObject({ to: 'ada@example.com', subject: NOTICE.title })
  expect(request?.body.html).toContain('A copy of &lt;b&gt;Bold&lt;/b&gt; failed')
  expect(request?.body.html).toContain('href="https://venue.example/copies/1"')
  expect(request?.body.text).toContain(NOTICE.body)
})

it('says what went wrong instead of throwing, so that the queue tries again', async () => {
  status = 429
  expect(await send()).toEqual({ ok: false, error: 'rate_limit_exceeded: Too many requests' })
})

it('says so when nobody answers', async () => {
  const settings = {
    key: 're_test',
    from: 'a@example.com',
    site: 'https://venue.example',
    baseUrl: 'http://127.0.0.1:9',
  }
  expect(await sendEmail(settings, 'ada@example.com', NOTICE)).toMatchObject({ ok: false })
})
