import type { AccountStreamMessage } from '$contract/stream.ts'

/** `fetch`: what was missed, or never known, has to be read by REST; the message itself still counts. */
export type Continuity = 'next' | 'fetch' | 'repeat'

/** Whether each message of an account stream follows the one before. Starts anew with each `hello`. */
export class AccountSequence {
  #last: number | null = null

  accept(message: AccountStreamMessage): Continuity {
    if (message.type === 'hello') {
      this.#last = message.sequence
      return 'fetch'
    }
    const last = this.#last
    if (last !== null && message.sequence <= last) return 'repeat'
    this.#last = message.sequence
    return last !== null && message.sequence === last + 1 ? 'next' : 'fetch'
  }
}
