import type {
  AccountView,
  ConversionView,
  JournalEntry,
  ResetResult,
  SmallBalances,
} from '$contract/account.ts'
import type { ChangeFollowInput, CopyView, FollowView, OpenFollowInput } from '$contract/follows.ts'
import type { CandlePage, Interval, MarketSummary } from '$contract/markets.ts'
import type { Inbox } from '$contract/notifications.ts'
import type {
  AmendOrder,
  FillView,
  OcoDetail,
  OrderDetail,
  OrderView,
  PlaceOco,
  PlaceOrder,
} from '$contract/orders.ts'
import type { Leaderboard, TraderProfileInput, TraderView, Window } from '$contract/traders.ts'
import { type Answer, offline, readRefusal } from './refusal.ts'

export interface Page<T> {
  items: T[]
  next: string | null
}

type Query = Record<string, string | number | undefined>
type Fetch = typeof fetch

interface Sent {
  query?: Query
  body?: unknown
  /** Sending the same key again changes nothing and answers the same. */
  key?: string
}

export const apiBase = '/api/v1'

function pathWith(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.set(name, String(value))
  const search = parameters.toString()
  return `${apiBase}${path}${search === '' ? '' : `?${search}`}`
}

/** Where a list is had as a file. */
export const csvPath = (path: string, query: Query = {}): string =>
  pathWith(path, { ...query, format: 'csv' })

/**
 * A thin client of the API, typed by its contract. An answer is a value or a refusal, never an exception: a panel shows
 * either. Pass SvelteKit's `fetch` in a load function, so that the session goes along and the answer is not fetched twice.
 */
export function createApi(send: Fetch) {
  async function call<T>(method: string, path: string, { query, body, key }: Sent = {}): Promise<Answer<T>> {
    const headers: Record<string, string> = { accept: 'application/json' }
    const init: RequestInit = { method, headers }
    if (key !== undefined) headers['idempotency-key'] = key
    if (body !== undefined) {
      headers['content-type'] = 'application/json'
      init.body = JSON.stringify(body)
    }
    let response: Response
    let text: string
    try {
      response = await send(pathWith(path, query), init)
      text = await response.text()
    } catch {
      return { ok: false, refusal: offline() }
    }
    let parsed: unknown = null
    try {
      if (text !== '') parsed = JSON.parse(text)
    } catch {
      if (response.ok)
        return {
          ok: false,
          refusal: {
            code: 'unreadable',
            message: 'Reload the page; a new version may be out.',
            status: response.status,
          },
        }
    }
    if (!response.ok) return { ok: false, refusal: readRefusal(response.status, parsed) }
    // The contract is checked where answers are made; both sides are built from the same types.
    return { ok: true, value: parsed as T }
  }
  const get = <T>(path: string, query?: Query) => call<T>('GET', path, query === undefined ? {} : { query })
  const id = encodeURIComponent

  return {
    markets: () => get<{ items: MarketSummary[] }>('/markets'),
    market: (market: string) => get<MarketSummary>(`/markets/${id(market)}`),
    candles: (market: string, span: { interval?: Interval; limit?: number } = {}) =>
      get<CandlePage>(`/markets/${id(market)}/candles`, span),

    placeOrder: (order: PlaceOrder) => call<OrderDetail>('POST', '/orders', { body: order }),
    placeOco: (pair: PlaceOco) => call<OcoDetail>('POST', '/orders/oco', { body: pair }),
    amendOrder: (order: string, change: AmendOrder) =>
      call<OrderDetail>('PATCH', `/orders/${id(order)}`, { body: change }),
    cancelOrder: (order: string) => call<OrderDetail>('DELETE', `/orders/${id(order)}`),
    cancelAll: (market?: string) => call<{ requested: number }>('DELETE', '/orders', { query: { market } }),
    orders: (query: {
      market?: string
      status?: 'open' | 'closed' | 'all'
      cursor?: string
      limit?: number
    }) => get<Page<OrderView>>('/orders', query),
    fills: (query: { market?: string; cursor?: string; limit?: number }) =>
      get<Page<FillView>>('/fills', query),

    account: () => get<AccountView>('/account'),
    journal: (cursor?: string) => get<Page<JournalEntry>>('/account/journal', { cursor, limit: 50 }),
    reset: (key: string) => call<ResetResult>('POST', '/account/reset', { key }),
    smallBalances: () => get<SmallBalances>('/account/small-balances'),
    convert: (assets: string[], key: string) =>
      call<ConversionView>('POST', '/account/small-balances', { body: { assets }, key }),
    changeProfile: (profile: TraderProfileInput) =>
      call<TraderView>('PATCH', '/account/profile', { body: profile }),

    leaderboard: (window: Window) => get<Leaderboard>('/leaderboard', { window }),
    trader: (trader: string) => get<TraderView>(`/traders/${id(trader)}`),

    follows: () => get<{ items: FollowView[] }>('/follows'),
    follow: (follow: string) => get<FollowView>(`/follows/${id(follow)}`),
    openFollow: (input: OpenFollowInput, key: string) =>
      call<FollowView>('POST', '/follows', { body: input, key }),
    changeFollow: (follow: string, change: ChangeFollowInput) =>
      call<FollowView>('PATCH', `/follows/${id(follow)}`, { body: change }),
    unfollow: (follow: string) => call<FollowView>('DELETE', `/follows/${id(follow)}`),
    copies: (query: { followId?: string; cursor?: string; limit?: number }) =>
      get<Page<CopyView>>('/copies', query),
    copy: (copy: string) => get<CopyView>(`/copies/${id(copy)}`),

    inbox: (cursor?: string) => get<Inbox>('/notifications', { cursor, limit: 50 }),
    markRead: (ids?: string[]) =>
      call<{ unread: number }>('POST', '/notifications/read', { body: ids === undefined ? {} : { ids } }),

    signIn: (email: string, password: string) =>
      call<unknown>('POST', '/auth/sign-in/email', { body: { email, password } }),
    signUp: (name: string, email: string, password: string) =>
      call<unknown>('POST', '/auth/sign-up/email', { body: { name, email, password } }),
    /** Extends the session's time, which a page has to ask for. */
    extendSession: () => get<unknown>('/auth/get-session'),
    signOut: () => call<unknown>('POST', '/auth/sign-out', { body: {} }),
  }
}

export type Api = ReturnType<typeof createApi>
