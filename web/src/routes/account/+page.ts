import { createApi } from '$lib/api/client.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch }) => {
  const api = createApi(fetch)
  const [journal, smallBalances] = await Promise.all([api.journal(), api.smallBalances()])
  return { journal, smallBalances }
}
