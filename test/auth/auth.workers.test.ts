import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import type { OpenAccount } from '../../worker/auth/auth.ts'
import { authPath, createAuth, sessionOf } from '../../worker/auth/auth.ts'
import { database } from '../../worker/db/database.ts'
import { session, user } from '../../worker/db/schema.ts'

const origin = 'http://localhost'
const ada = { email: 'ada@example.com', password: 'correct horse battery', name: 'Ada' }
let opened: { accountId: string; name: string }[]
const openAccount: OpenAccount = async (accountId, name) => {
  opened.push({ accountId, name })
}

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  opened = []
})

interface Asking {
  readonly from?: string
  readonly address?: string
  readonly open?: OpenAccount
}

function post(
  path: string,
  body: object,
  { from = origin, address = '203.0.113.7', open = openAccount }: Asking = {},
) {
  const request = new Request(`${origin}${authPath}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: from, 'cf-connecting-ip': address },
    body: JSON.stringify(body),
  })
  return createAuth(env, request, open).handler(request)
}

function cookieOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}

function asked(cookie: string | null, path = '/api/v1/balances') {
  return new Request(`${origin}${path}`, cookie === null ? {} : { headers: { cookie } })
}

describe('sign-up', () => {
  it('makes a person with a UUIDv7, opens the account once and starts a session', async () => {
    const response = await post('/sign-up/email', ada)
    expect(response.status).toBe(200)
    const found = await sessionOf(asked(cookieOf(response)), env, openAccount)
    expect(found).toMatchObject({ email: ada.email, name: 'Ada' })
    expect(found?.accountId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(opened).toEqual([{ accountId: found?.accountId, name: 'Ada' }])
  })

  it('keeps the session in a cookie that scripts cannot read and other sites do not send', async () => {
    const response = await post('/sign-up/email', ada)
    const session = response.headers.getSetCookie().find((cookie) => cookie.includes('session_token='))
    expect(session).toMatch(/HttpOnly/i)
    expect(session).toMatch(/SameSite=Lax/i)
    expect(session).toMatch(/Path=\//i)
  })

  it('opens the account with a later request where it failed, and the person can sign in meanwhile', async () => {
    const failing: OpenAccount = async () => {
      throw new Error('the account does not answer')
    }
    const response = await post('/sign-up/email', ada, { open: failing })
    expect(response.status).toBe(200)
    const cookie = cookieOf(response)
    expect(await sessionOf(asked(cookie), env, failing)).toMatchObject({ name: 'Ada' })
    expect(opened).toEqual([])

    await sessionOf(asked(cookie), env, openAccount)
    await sessionOf(asked(cookie), env, openAccount)
    expect(opened).toHaveLength(1)
  })

  it.each([
    ['an empty name', { ...ada, name: '  ' }],
    ['a name of 61 characters', { ...ada, name: 'a'.repeat(61) }],
    ['a name with a line break', { ...ada, name: 'Ada\nAdmin' }],
    ['a short password', { ...ada, password: 'short' }],
    ['no email address', { ...ada, email: 'ada' }],
    ['a name that is a number', { ...ada, name: 5 }],
  ])('refuses %s', async (_what, body) => {
    const response = await post('/sign-up/email', body)
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.status).toBeLessThan(500)
    expect(await database(env.DB).select().from(user)).toEqual([])
    expect(opened).toEqual([])
  })

  it('refuses a second account for an address', async () => {
    await post('/sign-up/email', ada)
    expect((await post('/sign-up/email', { ...ada, name: 'Eve' })).status).toBe(422)
    expect(opened).toHaveLength(1)
  })

  it('does not let a person say that the account has been opened', async () => {
    const open: OpenAccount = async () => {
      throw new Error('not yet')
    }
    await post('/sign-up/email', { ...ada, openedAt: new Date(0) }, { open })
    const rows = await database(env.DB).select().from(user).where(eq(user.email, ada.email))
    expect(rows.filter((row) => row.openedAt !== null)).toEqual([])
  })
})

describe('sign-in', () => {
  beforeEach(async () => {
    await post('/sign-up/email', ada)
  })

  it('starts a session for the right password and ends it at sign-out', async () => {
    const signIn = await post('/sign-in/email', { email: ada.email, password: ada.password })
    expect(signIn.status).toBe(200)
    const cookie = cookieOf(signIn)
    expect(await sessionOf(asked(cookie), env, openAccount)).toMatchObject({ email: ada.email })

    const request = new Request(`${origin}${authPath}/sign-out`, {
      method: 'POST',
      headers: { origin, cookie, 'content-type': 'application/json' },
      body: '{}',
    })
    expect((await createAuth(env, request, openAccount).handler(request)).status).toBe(200)
    expect(await sessionOf(asked(cookie), env, openAccount)).toBeNull()
  })

  it('refuses a wrong password and an unknown address alike', async () => {
    const wrong = await post('/sign-in/email', { email: ada.email, password: 'incorrect horse' })
    const unknown = await post('/sign-in/email', { email: 'eve@example.com', password: 'incorrect horse' })
    expect([wrong.status, unknown.status]).toEqual([401, 401])
    expect(await wrong.text()).toBe(await unknown.text())
    expect(cookieOf(wrong)).toBe('')
  })

  it('refuses the eleventh attempt of a minute from one address, and no other address', async () => {
    const attempt = (address: string) =>
      post('/sign-in/email', { email: ada.email, password: 'incorrect horse' }, { address })
    const statuses: number[] = []
    for (let count = 0; count < 11; count += 1) statuses.push((await attempt('203.0.113.9')).status)
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429])
    expect((await attempt('203.0.113.10')).status).toBe(401)
  })

  it('refuses a request that another site makes with the cookie', async () => {
    const signIn = await post('/sign-in/email', { email: ada.email, password: ada.password })
    const request = new Request(`${origin}${authPath}/sign-out`, {
      method: 'POST',
      headers: {
        origin: 'https://evil.example',
        cookie: cookieOf(signIn),
        'content-type': 'application/json',
      },
      body: '{}',
    })
    expect((await createAuth(env, request, openAccount).handler(request)).status).toBe(403)
  })
})

describe('a person', () => {
  it('cannot take a name here that sign-up would refuse', async () => {
    const cookie = cookieOf(await post('/sign-up/email', ada))
    const request = new Request(`${origin}${authPath}/update-user`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin, cookie, 'cf-connecting-ip': '203.0.113.7' },
      body: JSON.stringify({ name: `Bea\u202e${'x'.repeat(5_000)}` }),
    })
    expect((await createAuth(env, request, openAccount).handler(request)).status).toBe(404)
    expect(await sessionOf(asked(cookie), env, openAccount)).toMatchObject({ name: 'Ada' })
  })
})

describe('a session', () => {
  it('is nobody without a cookie, with a forged one, and with one cut short', async () => {
    const cookie = cookieOf(await post('/sign-up/email', ada))
    expect(await sessionOf(asked(null), env, openAccount)).toBeNull()
    expect(
      await sessionOf(asked('cryptoorchestrator.session_token=forged.signature'), env, openAccount),
    ).toBeNull()
    expect(await sessionOf(asked(cookie.slice(0, -8)), env, openAccount)).toBeNull()
  })

  it('is nobody once its time is over, and with the token of another under its signature', async () => {
    const cookie = cookieOf(await post('/sign-up/email', ada))
    const other = cookieOf(await post('/sign-up/email', { ...ada, email: 'eve@example.com' }))
    const [, token = ''] = /session_token=([^.]+)/.exec(other) ?? []
    const swapped = cookie.replace(/session_token=[^.]+/, `session_token=${token}`)
    expect(await sessionOf(asked(swapped), env, openAccount)).toBeNull()

    const rows = await database(env.DB).select().from(session)
    const mine = rows.find((row) => cookie.includes(row.token))
    if (mine === undefined) throw new Error('no session of this cookie')
    const { id } = mine
    const over = new Date(Date.now() - 1)
    await database(env.DB).update(session).set({ expiresAt: over }).where(eq(session.id, id))
    expect(await sessionOf(asked(cookie), env, openAccount)).toBeNull()
    expect(await sessionOf(asked(other), env, openAccount)).toMatchObject({ email: 'eve@example.com' })
  })

  it('is read from the cookie that the library sets, on https by its other name alone', async () => {
    const secure = 'https://venue.example'
    const signUp = new Request(`${secure}${authPath}/sign-up/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: secure, 'cf-connecting-ip': '203.0.113.7' },
      body: JSON.stringify(ada),
    })
    const cookie = cookieOf(await createAuth(env, signUp, openAccount).handler(signUp))
    const at = (text: string) => new Request(`${secure}/api/v1/balances`, { headers: { cookie: text } })
    expect(await sessionOf(at(cookie), env, openAccount)).toMatchObject({ email: ada.email })
    expect(await sessionOf(at(cookie.replaceAll('__Secure-', '')), env, openAccount)).toBeNull()
  })
})
