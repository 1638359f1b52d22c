import { error } from '@sveltejs/kit'
import { dev } from '$app/environment'
import type { PageLoad } from './$types'

/** For whoever builds the pages; a deployment has no such page. */
export const load: PageLoad = () => {
  if (!dev) error(404, { message: 'There is nothing at this address.' })
}
