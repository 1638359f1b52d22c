import { createApi } from '$lib/api/client.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch }) => {
  const api = createApi(fetch)
  const [markets, leaderboard] = await Promise.all([api.markets(), api.leaderboard('30d')])
  return { markets, leaderboard }
}
