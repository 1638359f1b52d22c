import * as z from 'zod'

const Turn = z.object({ reads: z.number(), writes: z.number() })

/** What one request costs the venue, as it was counted: the floor does as much, to no purpose. */
export const Shape = z.object({
  /** The rows of the account's two turns: the one that sends, and the one that takes what came back. */
  account: z.array(Turn),
  /** Of the market's two: the one that matches, and the one after the queue has taken its message. */
  market: z.array(Turn),
  /** Characters of a row, of what objects say to each other, and of the answer. */
  row: z.number(),
  message: z.number(),
  answer: z.number(),
  /** Messages to a queue, and the rows of D1 that its consumer writes for each. */
  queued: z.number(),
  projected: z.number(),
  /** Queries of D1 before anything else: who is asking. */
  asked: z.number(),
})
export type Shape = z.infer<typeof Shape>
