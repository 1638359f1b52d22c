import * as z from 'zod'

/** Two things of the venue that ought to be the same and are not, with the journal entries behind it. */
export const DifferenceView = z.object({
  kind: z.enum(['journal', 'hold', 'order', 'trade', 'transfer', 'conservation', 'projection', 'disputed']),
  where: z.string().describe('The object that it was found at, or `venue`.'),
  about: z.string(),
  expected: z.string(),
  found: z.string(),
  entries: z.array(
    z.object({
      object: z.string(),
      number: z.number().int(),
      id: z.string(),
      kind: z.string(),
      reference: z.string(),
      at: z.number().int(),
      postings: z.array(z.string()),
    }),
  ),
})

/** Sums over all objects of a portion; the portions of a round are added up by whoever goes through it. */
export const TotalsView = z.object({
  objects: z.number().int(),
  heads: z.number().int(),
  sent: z.number().int(),
  applied: z.number().int(),
  purses: z.record(z.string(), z.string()).describe('Units by purse and asset.'),
})

export const ReconcileInput = z.strictObject({
  cursor: z.string().max(200).default('').describe('What the portion before answered as `next`.'),
})

export const ReconcileResult = z.object({
  differences: z.array(DifferenceView),
  underWay: z.array(z.string()).describe('Pairs of objects that messages were under way between.'),
  totals: TotalsView,
  next: z.string().nullable(),
})
export type ReconcileResult = z.infer<typeof ReconcileResult>
