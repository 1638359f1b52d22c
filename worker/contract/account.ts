import * as z from 'zod'
import {
  DecimalString,
  FormatQuery,
  Id,
  MarketId,
  NumberedPageQuery,
  SignedDecimal,
  SpanQuery,
  Time,
} from './amounts.ts'

export const BalanceView = z.object({
  asset: z.string(),
  available: DecimalString,
  held: DecimalString.describe('Promised to open orders.'),
  total: DecimalString,
  averageCost: DecimalString.nullable().describe(
    'Quote per unit, of what is held; null for the quote asset.',
  ),
  value: DecimalString.nullable().describe('In quote at the last mark this account knows, or null.'),
})
export type BalanceView = z.infer<typeof BalanceView>

export const AccountView = z.object({
  id: Id,
  name: z.string(),
  email: z.string(),
  balances: z.array(BalanceView),
  equity: DecimalString.nullable().describe(
    'Cash and holdings at their marks, in quote; funds in copies not included.',
  ),
  copying: DecimalString.describe('Allocated to leaders, in quote, as transferred.'),
  unread: z.number().int(),
  createdAt: Time,
  recordStart: Time.describe(
    'When the track record under way began: with the account, or with its last reset.',
  ),
})
export type AccountView = z.infer<typeof AccountView>

export const JournalPosting = z.object({ purse: z.string(), asset: z.string(), amount: SignedDecimal })
export const JournalEntry = z.object({
  id: Id,
  kind: z.string(),
  reference: z.string().describe('What it is about: an order, a trade, a follow.'),
  at: Time,
  postings: z.array(JournalPosting).describe('They sum to zero for each asset.'),
})
export type JournalEntry = z.infer<typeof JournalEntry>

export const JournalQuery = NumberedPageQuery.extend({ ...SpanQuery.shape, ...FormatQuery.shape })
export type JournalQuery = z.infer<typeof JournalQuery>

/** What a reset closed; the new record begins when it ended. Its return is on the trader's profile. */
export const ResetResult = z.object({
  id: Id,
  startedAt: Time,
  endedAt: Time,
  equity: DecimalString.nullable().describe(
    'At the end of the closed record, in quote; null when a price was old.',
  ),
})
export type ResetResult = z.infer<typeof ResetResult>

/** What is available and too small to be sold on its market. */
export const SmallBalance = z.object({
  asset: z.string(),
  market: MarketId,
  quantity: DecimalString,
  price: DecimalString.describe('The mark.'),
  total: DecimalString.describe('What you get for it, in quote. No fee.'),
})
export type SmallBalance = z.infer<typeof SmallBalance>

export const SmallBalances = z.object({ items: z.array(SmallBalance), total: DecimalString })
export type SmallBalances = z.infer<typeof SmallBalances>

/** Without `assets` everything that can be converted is. */
export const ConvertInput = z.strictObject({
  assets: z
    .array(z.string().regex(/^[A-Z0-9]{2,10}$/))
    .min(1)
    .max(50)
    .optional(),
})
export type ConvertInput = z.infer<typeof ConvertInput>

export const ConversionView = SmallBalances.extend({ id: Id, at: Time })
export type ConversionView = z.infer<typeof ConversionView>
