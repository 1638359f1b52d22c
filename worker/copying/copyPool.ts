import { configOf, type Env } from '../env.ts'
import type { PostedEntry } from '../ledger/journal.ts'
import { readEntryPage } from '../ledger/statement.ts'
import { durableStore } from '../messaging/durable.ts'
import { DurableActor, systemMoment } from '../messaging/durableActor.ts'
import type { Batch, Receipt } from '../messaging/stream.ts'
import { agedMarkets, takeMarks } from './marks.ts'
import { copyPoolDomain } from './poolDomain.ts'
import { retellFollows } from './retelling.ts'
import type { PoolEvent, PoolState } from './state.ts'
import { type PoolStatement, poolStatement, poolStatementFor } from './statement.ts'
import { followView, type PoolFollowView, type PoolStats, statsOf } from './views.ts'

/** The pool of one leader. What it does comes in as messages (`poolDomain.ts`); the rest here is for reading. */
export class CopyPool extends DurableActor<Env, PoolState, PoolEvent> {
  readonly #store = durableStore(this.ctx.storage)

  constructor(ctx: DurableObjectState, env: Env) {
    configOf(env)
    super(ctx, env, 'pool', copyPoolDomain)
  }

  /** Accounts bring what is decided by equity, so the prices of what is held are made fresh before the turn begins. */
  override async receive(batch: Batch): Promise<Receipt> {
    if (batch.from.startsWith('account/')) await this.#refreshMarks()
    return super.receive(batch)
  }

  follow(followId: string): PoolFollowView | null {
    return followView(this.actor.state, followId)
  }

  /** Those of the ids that are this follower's here: whoever asks may name another person's. */
  follows(followerId: string, ids: readonly string[]): PoolFollowView[] {
    const { state } = this.actor
    return ids
      .filter((id) => state.follows.get(id)?.followerId === followerId)
      .map((id) => followView(state, id))
      .filter((view) => view !== null)
  }

  stats(): PoolStats {
    return statsOf(this.actor.state)
  }

  // For reconciliation

  statement(): PoolStatement {
    return poolStatement(this.#store, this.actor.state)
  }

  statementFor(followers: readonly string[]): PoolStatement {
    return poolStatementFor(this.#store, this.actor.state, followers)
  }

  /** Entries before that number, newest first, as many as one call carries. */
  entries(before: number): PostedEntry[] {
    return readEntryPage(this.#store, before)
  }

  /** For the operator: tells the projection follows that it may have lost. Replies where to go on, null at the end. */
  retell(after: string): string | null {
    return this.actor.execute((state, moment) => retellFollows(state, moment, after))
  }

  /** A price that is not had is decided without: `MAX_MARK_AGE_MS` says what that means. */
  async #refreshMarks(): Promise<void> {
    const aged = agedMarkets(this.actor.state, systemMoment.now)
    if (aged.length === 0) return
    const answers = await Promise.allSettled(aged.map((id) => this.env.MARKET.getByName(id).mark()))
    const marks = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
    for (const answer of answers)
      if (answer.status === 'rejected')
        console.error({ object: this.actor.address, kind: 'mark', error: String(answer.reason) })
    if (marks.length > 0) this.actor.execute((state, moment) => takeMarks(state, moment, marks))
  }
}
