import * as z from 'zod'

/** All assets count in units of 10^-8; see `worker/ledger/amount.ts` for the arithmetic. */
export const ASSET_SCALE = 8

/** A decimal string without sign, exponent, leading plus or white space: "0.00012", "61837.63". */
export const DecimalString = z
  .string()
  .regex(
    /^(?:0|[1-9]\d{0,11})(?:\.\d{1,8})?$/,
    'Give a plain decimal number such as "0.25", with at most 8 decimals.',
  )
  .describe('A decimal number as a string, at most 12 digits before and 8 after the point.')

/** As `DecimalString`, and more than zero. */
export const PositiveDecimal = DecimalString.refine((text) => /[1-9]/.test(text), 'Give a number above zero.')

/** A decimal string that may be negative: a profit, a return. */
export const SignedDecimal = z.string().regex(/^-?\d+(?:\.\d+)?$/)

export const MarketId = z
  .string()
  .regex(/^[A-Z0-9]{2,10}-[A-Z0-9]{2,10}$/, 'Name a market such as BTC-USDT.')
  .describe('A market, base and quote with a hyphen: BTC-USDT.')

export const Id = z.uuid().describe('A UUID, version 7 where we made it.')

/** ISO 8601 UTC. */
export const Time = z.iso.datetime()

/** Milliseconds as a `Time`. */
export const toTime = (at: number): string => new Date(at).toISOString()

export const Side = z.enum(['buy', 'sell'])
export type Side = z.infer<typeof Side>

const pageQuery = (cursor: RegExp) =>
  z.object({
    cursor: z
      .string()
      .regex(cursor, 'Send the `next` of a page of this list as it was, or leave it out.')
      .optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  })

/**
 * Bounds of a list; the cursor is what the page before answered as `next`. It says where that page ended: by a number that
 * rises with each row, or by a time and an id. So what is added meanwhile moves nothing.
 */
export const NumberedPageQuery = pageQuery(/^\d{1,15}$/)
export const TimedPageQuery = pageQuery(/^\d{1,15}\.[\w.:/-]{1,80}$/)

/** Of a list of what happened. */
export const SpanQuery = z.object({
  from: Time.optional().describe('Nothing that happened before.'),
  to: Time.optional().describe('Only what happened before.'),
})

/** Rows of a file; a longer list is had in several. Journal entries count, not their postings. */
export const EXPORT_ROWS = 100_000

export const FormatQuery = z.object({
  format: z
    .enum(['json', 'csv'])
    .default('json')
    .describe(
      `\`csv\`: a file of all that fits the filters, from the cursor on and whatever the limit; at most ${EXPORT_ROWS} rows.`,
    ),
})

export const page = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    next: z.string().nullable().describe('The cursor of the next page, or null.'),
  })
