import type { Appearance } from '$lib/theme/appearance.ts'

declare global {
  namespace App {
    interface Error {
      message: string
      code?: string
    }
    interface Locals {
      appearance: Appearance
    }
    interface Platform {
      /** The API Worker, bound as a service: the only way a page reaches the venue. */
      env: { API: { fetch(request: Request): Promise<Response> } }
    }
  }
}
