import type { Api } from '../api/client.ts'
import type { Refused } from '../api/refusal.ts'

/** What the venue's sign-in library asks for. */
export const SHORTEST_PASSWORD = 8

/** Signing in or up. */
export class Credentials {
  readonly #api: Api
  readonly #kind: 'in' | 'up'
  name = $state('')
  email = $state('')
  password = $state('')
  pending = $state(false)
  refusal = $state.raw<Refused | null>(null)
  /** Faults are shown once it was tried, not while the first letters are typed. */
  tried = $state(false)

  constructor(api: Api, kind: 'in' | 'up') {
    this.#api = api
    this.#kind = kind
  }

  readonly faults: { name?: string; email?: string; password?: string } = $derived.by(() => {
    if (!this.tried) return {}
    return {
      ...(this.#kind === 'up' && this.name.trim() === '' ? { name: 'Say how you want to be called.' } : {}),
      ...(/^\S+@\S+\.\S+$/.test(this.email.trim()) ? {} : { email: 'Give an email address.' }),
      ...(this.password.length >= SHORTEST_PASSWORD
        ? {}
        : { password: `At least ${SHORTEST_PASSWORD} characters.` }),
    }
  })

  /** Whether it went through. */
  async send(): Promise<boolean> {
    this.tried = true
    if (this.pending || Object.keys(this.faults).length > 0) return false
    this.pending = true
    this.refusal = null
    const email = this.email.trim()
    const answer =
      this.#kind === 'in'
        ? await this.#api.signIn(email, this.password)
        : await this.#api.signUp(this.name.trim(), email, this.password)
    this.pending = false
    if (!answer.ok) this.refusal = answer.refusal
    return answer.ok
  }
}
