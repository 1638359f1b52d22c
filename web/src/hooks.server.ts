import type { Handle, RequestEvent } from '@sveltejs/kit'
import { building, dev } from '$app/environment'
import { readAppearance } from '$lib/theme/appearance.ts'

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
  'cross-origin-opener-policy': 'same-origin',
} as const

function unreachable(): Response {
  return Response.json(
    { code: 'api_unreachable', message: 'The venue cannot be reached right now. Try again in a moment.' },
    { status: 503, headers: { 'cache-control': 'no-store' } },
  )
}

/**
 * Hands a request to the API as it is. The response is not wrapped: a 101 that is rewrapped loses its socket,
 * and the headers of a bound Worker's response are immutable.
 */
async function passToApi(event: RequestEvent): Promise<Response> {
  const api = event.platform?.env?.API
  if (api) return api.fetch(event.request)
  if (!dev) return unreachable()
  const origin = process.env.API_ORIGIN ?? 'http://127.0.0.1:8787'
  const target = new URL(event.url.pathname + event.url.search, origin)
  try {
    return await fetch(new Request(target, event.request))
  } catch (cause) {
    console.warn(`No API at ${origin}: ${String(cause)}`)
    return unreachable()
  }
}

export const handle: Handle = async ({ event, resolve }) => {
  if (!building && event.url.pathname.startsWith('/api/')) return passToApi(event)

  const appearance = readAppearance((name) => event.cookies.get(name))
  event.locals.appearance = appearance
  const response = await resolve(event, {
    transformPageChunk: ({ html }) =>
      html.replace('%theme%', appearance.theme).replace('%sides%', appearance.sides),
    filterSerializedResponseHeaders: (name) => name === 'content-type',
    preload: ({ type, path }) =>
      type === 'js' || type === 'css' || (type === 'font' && path.includes('latin')),
  })
  // The adapter stores any other GET in a shared cache without looking at cookies, and every page shows a session.
  response.headers.set('cache-control', 'private, no-store')
  for (const [name, value] of Object.entries(securityHeaders)) response.headers.set(name, value)
  return response
}
