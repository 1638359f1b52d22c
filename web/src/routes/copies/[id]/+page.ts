import { createApi } from '$lib/api/client.ts'
import type { PageLoad } from './$types'

/** The id of a follow; `?copy=` opens one of its copied trades. */
export const load: PageLoad = async ({ fetch, params, url }) => {
  const api = createApi(fetch)
  const [follow, copies, markets] = await Promise.all([
    api.follow(params.id),
    api.copies({ followId: params.id, limit: 50 }),
    api.markets(),
  ])
  return { id: params.id, follow, copies, markets, opened: url.searchParams.get('copy') }
}
