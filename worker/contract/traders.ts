import * as z from 'zod'
import { DecimalString, Id, SignedDecimal, Time } from './amounts.ts'
import { Print } from './markets.ts'

export const Window = z.enum(['24h', '7d', '30d'])
export type Window = z.infer<typeof Window>

export const LeaderboardQuery = z.object({ window: Window.default('30d') })

/** One ranked trader over one window. */
export const LeaderboardRow = z.object({
  rank: z.number().int(),
  id: Id,
  name: z.string(),
  style: z.string(),
  kind: z.enum(['person', 'bot']),
  openToFollowers: z.boolean(),
  returnBps: z.number().int().describe('Of equity over the window, deposits and withdrawals removed.'),
  realised: SignedDecimal.describe('Profit realised in the window, in quote.'),
  maxDrawdownBps: z
    .number()
    .int()
    .describe('The deepest fall from a high within the window, as a positive number.'),
  equity: DecimalString,
  followers: z.number().int(),
  copying: DecimalString.describe('Funds allocated by followers.'),
  days: z.number().int().describe('Length of the record.'),
  recordNote: z
    .string()
    .nullable()
    .describe('How a part of the record came about, where it was not traded live.'),
  line: z
    .array(z.number().int())
    .describe('Return in basis points since the start of the window, evenly spaced.'),
})
export type LeaderboardRow = z.infer<typeof LeaderboardRow>

export const Leaderboard = z.object({
  window: Window,
  rows: z.array(LeaderboardRow),
  computedAt: Time,
  source: z.enum(['cache', 'database', 'memory']).describe('What served it: all three hold the same.'),
})
export type Leaderboard = z.infer<typeof Leaderboard>

export const EquityPoint = z.object({
  at: Time,
  equity: DecimalString,
  source: z.enum(['venue', 'simulated']),
})

/** A track record that a reset has ended. It stays visible, and counts in no ranking. */
export const ClosedRecordView = z.object({
  id: Id,
  startedAt: Time,
  endedAt: Time,
  reason: z.enum(['reset']).describe('Why it ended.'),
  returnBps: z
    .number()
    .int()
    .nullable()
    .describe('Over its whole time, deposits and withdrawals removed; null when it was too short to say.'),
  maxDrawdownBps: z.number().int().nullable(),
  realised: SignedDecimal,
  equity: DecimalString.nullable().describe('At its end; null when a price was too old to tell.'),
})
export type ClosedRecordView = z.infer<typeof ClosedRecordView>

export const TraderView = z.object({
  id: Id,
  name: z.string(),
  bio: z.string(),
  style: z.string(),
  kind: z.enum(['person', 'bot']),
  openToFollowers: z.boolean(),
  recordNote: z.string().nullable(),
  followers: z.number().int(),
  copying: DecimalString,
  windows: z.array(
    LeaderboardRow.pick({ returnBps: true, realised: true, maxDrawdownBps: true }).extend({ window: Window }),
  ),
  equity: z.array(EquityPoint),
  trades: z.array(Print.extend({ market: z.string() })).describe('Newest first.'),
  closedRecords: z.array(ClosedRecordView).describe('Newest first.'),
  createdAt: Time,
})
export type TraderView = z.infer<typeof TraderView>

/** Control, format and private characters could hide in a name, turn it round, or break a line of an email's subject. */
export const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/u

/** What a person says of themselves as a trader. */
export const TraderProfileInput = z.strictObject({
  name: z
    .string()
    .normalize('NFC')
    .trim()
    .min(2)
    .max(40)
    .refine((name) => !INVISIBLE.test(name), 'Use visible characters on one line.')
    .optional(),
  bio: z.string().trim().max(500).optional(),
  openToFollowers: z.boolean().optional(),
})
export type TraderProfileInput = z.infer<typeof TraderProfileInput>
