import { error } from '@sveltejs/kit'
import { createApi } from '$lib/api/client.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, params }) => {
  const answer = await createApi(fetch).market(params.market.toUpperCase())
  if (answer.ok) return { summary: answer.value }
  error(answer.refusal.status === 0 ? 503 : answer.refusal.status, {
    message: answer.refusal.message,
    code: answer.refusal.code,
  })
}
