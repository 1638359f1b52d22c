import * as z from 'zod'
import { DecimalString, Id, SignedDecimal, Time } from './amounts.ts'

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
