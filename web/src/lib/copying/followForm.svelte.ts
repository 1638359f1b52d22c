import type { FollowSettingsInput, FollowView } from '$contract/follows.ts'
import type { Api } from '../api/client.ts'
import type { Refused } from '../api/refusal.ts'
import { toDecimal, toUnits, UNIT } from '../money/decimal.ts'
import { followSentence } from './words.ts'

export type FollowField = 'amount' | 'fixedAmount' | 'maxPerOrder' | 'maxSlippage'

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

  mode = $state<'proportional' | 'fixed'>('proportional')
  amount = $state('1000')
  fixedAmount = $state('50')
  maxPerOrder = $state('250')
  /** Percent. */
  maxSlippage = $state('0.5')
  notify = $state(true)
  pending = $state(false)
  refusal = $state.raw<Refused | null>(null)
  opened = $state.raw<FollowView | null>(null)

  constructor(outside: Surroundings) {
    this.#outside = outside
  }

  get leader(): { id: string; name: string } {
    return this.#outside.leader
  }
  get available(): bigint | null {
    return this.#outside.available()
  }

  readonly faults: Partial<Record<FollowField, string>> = $derived.by(() => {
    const faults: Partial<Record<FollowField, string>> = {}
    const amount = toUnits(this.amount)
    const available = this.available
    if (amount === null) faults.amount = 'Use digits and a point, such as 1000.'
    else if (amount < LEAST) faults.amount = 'Allocate at least 10 USDT.'
    else if (available !== null && amount > available)
      faults.amount = `You have ${toDecimal(available, 2)} USDT available.`
    const positive = (text: string) => (toUnits(text) ?? 0n) > 0n
    if (!positive(this.maxPerOrder)) faults.maxPerOrder = 'Enter an amount above zero.'
    if (this.mode === 'fixed' && !positive(this.fixedAmount))
      faults.fixedAmount = 'Enter an amount above zero.'
    if (this.slippageBps === null) faults.maxSlippage = 'Between 0.01% and 10%.'
    return faults
  })
  readonly slippageBps: number | null = $derived.by(() => {
    const units = toUnits(this.maxSlippage)
    if (units === null || (units * 100n) % UNIT !== 0n) return null
    const bps = Number((units * 100n) / UNIT)
    return bps >= 1 && bps <= 1_000 ? bps : null
  })
  readonly settings: FollowSettingsInput = $derived.by(() => ({
    mode: this.mode,
    ...(this.mode === 'fixed' ? { fixedAmount: this.fixedAmount } : {}),
    maxPerOrder: this.maxPerOrder,
    maxSlippageBps: this.slippageBps ?? 50,
    notify: this.notify,
  }))
  readonly valid = $derived.by(() => Object.keys(this.faults).length === 0)
  readonly sentence = $derived.by(() =>
    this.valid ? followSentence(this.leader.name, this.amount, this.settings) : '',
  )

  enter(
    change: Partial<
      Pick<FollowForm, 'mode' | 'amount' | 'fixedAmount' | 'maxPerOrder' | 'maxSlippage' | 'notify'>
    >,
  ): void {
    Object.assign(this, change)
    this.refusal = null
  }

  async send(): Promise<FollowView | null> {
    if (this.pending || !this.valid) return null
    this.pending = true
    this.refusal = null
    const answer = await this.#outside.api.openFollow(
      { leaderId: this.leader.id, amount: this.amount, settings: this.settings },
      this.#key,
    )
    this.pending = false
    if (!answer.ok) {
      this.refusal = answer.refusal
      return null
    }
    this.opened = answer.value
    return answer.value
  }
}
