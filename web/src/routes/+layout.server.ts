import { createApi } from '$lib/api/client.ts'
import type { LayoutServerLoad } from './$types'

// Its name as the sign-in library sets it; over https it carries a prefix.
const sessionCookie = 'cryptoorchestrator.session_token'

/** Who is looking. Nobody's account is asked for when there is no session to ask with. */
export const load: LayoutServerLoad = async ({ cookies, fetch, locals }) => {
  const hasSession = cookies.getAll().some(({ name }) => name.endsWith(sessionCookie))
  const answer = hasSession ? await createApi(fetch).account() : null
  return { appearance: locals.appearance, account: answer?.ok ? answer.value : null }
}
