import { createApi } from '$lib/api/client.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch }) => {
  const api = createApi(fetch)
  const [follows, markets] = await Promise.all([api.follows(), api.markets()])
  return { follows, markets }
}
