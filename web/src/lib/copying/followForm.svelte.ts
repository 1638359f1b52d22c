import type { FollowView } from '$contract/follows.ts'
import type { Api } from '../api/client.ts'
import type { Refused } from '../api/refusal.ts'
import { toDecimal, toUnits, UNIT } from '../money/decimal.ts'
import {
  faultsOf,
  NEW_SETTINGS,
  type SettingsEntry,
  type SettingsFaults,
  settingsOf,
} from './settingsEntry.ts'
import { followSentence } from './words.ts'

interface Surroundings {
  api: Api
  leader: { id: string; name: string }
  /** Units of the quote asset, or null while signed out. */
  available: () => bigint | null
}

const LEAST = 10n * UNIT

/** What is entered to follow a trader; checked as it is typed, sent once. */
export class FollowForm {
  readonly #outside: Surroundings
  /** Becomes the id of the follow, so that a press repeated after a lost answer opens no second one. */
  readonly #key: string = crypto.randomUUID()

  amount = $state('1000')
  entry = $state.raw<SettingsEntry>(NEW_SETTINGS)
  pending = $state(false)
  refusal = $state.raw<Refused | null>(null)

  constructor(outside: Surroundings) {
    this.#outside = outside
  }

  get leader(): { id: string; name: string } {
    return this.#outside.leader
  }
  get available(): bigint | null {
    return this.#outside.available()
  }

  readonly faults: SettingsFaults & { amount?: string } = $derived.by(() => {
    const amount = this.#amountFault()
    return { ...faultsOf(this.entry), ...(amount === null ? {} : { amount }) }
  })
  readonly valid = $derived.by(() => Object.keys(this.faults).length === 0)
  readonly sentence = $derived.by(() =>
    this.valid ? followSentence(this.leader.name, this.amount, settingsOf(this.entry, null)) : '',
  )

  enter(change: Partial<SettingsEntry>): void {
    this.entry = { ...this.entry, ...change }
    this.refusal = null
  }

  allocate(amount: string): void {
    this.amount = amount
    this.refusal = null
  }

  async send(): Promise<FollowView | null> {
    if (this.pending || !this.valid) return null
    this.pending = true
    this.refusal = null
    const answer = await this.#outside.api.openFollow(
      { leaderId: this.leader.id, amount: this.amount, settings: settingsOf(this.entry, null) },
      this.#key,
    )
    this.pending = false
    if (answer.ok) return answer.value
    this.refusal = answer.refusal
    return null
  }

  #amountFault(): string | null {
    const amount = toUnits(this.amount)
    const available = this.available
    if (amount === null) return 'Use digits and a point, such as 1000.'
    if (amount < LEAST) return 'Allocate at least 10 USDT.'
    return available !== null && amount > available
      ? `You have ${toDecimal(available, 2)} USDT available.`
      : null
  }
}
