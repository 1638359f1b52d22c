import { error } from '@sveltejs/kit'
import { createApi } from '$lib/api/client.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, params }) => {
  const answer = await createApi(fetch).trader(params.id)
  if (answer.ok) return { trader: answer.value }
  const { status, message, code } = answer.refusal
  error(status === 0 ? 503 : status === 400 ? 404 : status, { message, code })
}
