import type { Address } from './address.ts'

/**
 * Consecutive messages of one stream (one sender, one receiver), oldest first. The first has sequence `first`;
 * sequences of a stream begin at 1 and have no holes.
 */
export interface Batch {
  readonly from: Address
  readonly to: Address
  readonly first: number
  /** As `encode` of codec.ts writes them: the rows of the outbox go out as they are. */
  readonly messages: readonly string[]
  /** The last sequence of the opposite stream that the sender of this batch has applied. */
  readonly acknowledged: number
}

/** A receiver's answer to a batch. */
export interface Receipt {
  /** The last sequence of the stream that is applied and durable. Lower than the batch's last after a gap or a refusal. */
  readonly applied: number
  /** What the receiver has for the sender: so that a submit has its outcome in the reply. Delivered again if it is lost. */
  readonly back: Batch | null
}

/**
 * Takes a batch to where it is addressed. Rejects when it cannot tell whether the batch arrived, and always settles
 * within a bounded time: a stream has one delivery under way, so one that hangs would hold its stream for ever.
 */
export interface Transport {
  deliver(batch: Batch): Promise<Receipt>
}
