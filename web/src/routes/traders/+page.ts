import type { Window } from '$contract/traders.ts'
import { createApi } from '$lib/api/client.ts'
import type { PageLoad } from './$types'

const windows: readonly Window[] = ['24h', '7d', '30d']

export const load: PageLoad = async ({ fetch, url }) => {
  const asked = url.searchParams.get('window')
  const window = windows.find((known) => known === asked) ?? '30d'
  return { window, leaderboard: await createApi(fetch).leaderboard(window) }
}
