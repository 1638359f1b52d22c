import * as z from 'zod'
import {
  DecimalString,
  Id,
  MarketId,
  PositiveDecimal,
  Side,
  SignedDecimal,
  Time,
  TimedPageQuery,
} from './amounts.ts'
import { OrderType } from './orders.ts'

export const CopyMode = z
  .enum(['proportional', 'ratio', 'fixed'])
  .describe(
    "proportional: the leader's share of equity, of the follow's equity; ratio: times the leader's quantity; fixed: an " +
      'amount per leader order.',
  )

const Markets = z.array(MarketId).max(50)

/**
 * What a follow takes no part in, and where it stops buying; what is absent is no limit. None of them holds back a sell, which
 * is the way out, but `sides`.
 */
export const FollowLimitsInput = z.strictObject({
  maxDelayMs: z
    .number()
    .int()
    .min(1_000)
    .max(60_000)
    .optional()
    .describe("The oldest trade of the leader's that is bought after; 60000 where absent."),
  maxExposure: PositiveDecimal.optional().describe('The most that may be paid for open positions, in quote.'),
  maxExposurePerAsset: PositiveDecimal.optional().describe('The most that may be paid for one of them.'),
  maxOrdersPerDay: z
    .number()
    .int()
    .min(1)
    .max(500)
    .optional()
    .describe("Orders of the leader's that are bought after in a day of UTC."),
  minLeaderOrder: PositiveDecimal.optional().describe(
    'Smaller orders of the leader are not bought after, in quote.',
  ),
  markets: Markets.min(1).optional().describe('Only these are bought in.'),
  exceptMarkets: Markets.optional().describe('These are not bought in.'),
  orderTypes: z.array(OrderType).min(1).max(20).optional().describe('Only such orders are bought after.'),
  sides: z
    .array(Side)
    .min(1)
    .max(2)
    .optional()
    .describe('Without `sell` positions stay open when the leader sells, until the follow ends.'),
})
export type FollowLimitsInput = z.infer<typeof FollowLimitsInput>

/** How a leader's orders are copied. */
export const FollowSettingsInput = z
  .strictObject({
    mode: CopyMode,
    fixedAmount: PositiveDecimal.optional().describe('For `fixed`, in quote.'),
    ratio: PositiveDecimal.optional().describe(
      'For `ratio`: 0.5 buys half of what the leader buys; at most 100.',
    ),
    maxPerOrder: PositiveDecimal.describe('The most one leader order may cost, in quote.'),
    maxSlippageBps: z.number().int().min(1).max(1000).default(50).describe("Against the leader's price."),
    stopLossBps: z
      .number()
      .int()
      .min(500)
      .max(9_500)
      .optional()
      .describe('The follow ends when its equity is below what was allocated by so much of it.'),
    takeProfitBps: z
      .number()
      .int()
      .min(100)
      .max(100_000)
      .optional()
      .describe('The follow ends when its equity is above what was allocated by so much of it.'),
    notify: z.boolean().default(true).describe('Tell me of each copy.'),
    limits: FollowLimitsInput.optional(),
  })
  .check((context) => {
    const { mode, fixedAmount, ratio } = context.value
    const fault = (field: string, message: string) =>
      context.issues.push({ code: 'custom', input: context.value, path: [field], message })
    if (mode === 'fixed' && fixedAmount === undefined)
      fault('fixedAmount', 'Say how much to copy each order with.')
    if (mode !== 'fixed' && fixedAmount !== undefined)
      fault('fixedAmount', 'A fixed amount goes with the mode "fixed".')
    if (mode === 'ratio' && ratio === undefined)
      fault('ratio', 'Say how many times the quantity of the leader to buy.')
    if (mode !== 'ratio' && ratio !== undefined) fault('ratio', 'A ratio goes with the mode "ratio".')
  })
export type FollowSettingsInput = z.infer<typeof FollowSettingsInput>

export const OpenFollowInput = z.strictObject({
  leaderId: Id,
  amount: PositiveDecimal.describe('Funds to allocate, in quote; at least 10.'),
  settings: FollowSettingsInput,
})
export type OpenFollowInput = z.infer<typeof OpenFollowInput>

export const ChangeFollowInput = z
  .strictObject({ paused: z.boolean().optional(), settings: FollowSettingsInput.optional() })
  .refine((change) => change.paused !== undefined || change.settings !== undefined, 'Say what to change.')
export type ChangeFollowInput = z.infer<typeof ChangeFollowInput>

/** What ended a follow that nobody ended. */
export const FollowEnd = z.enum(['stop_loss', 'take_profit'])
export type FollowEnd = z.infer<typeof FollowEnd>

export const FollowStatus = z.enum(['opening', 'active', 'paused', 'closing', 'closed', 'refused'])

export const HoldingView = z.object({
  asset: z.string(),
  quantity: DecimalString,
  cost: DecimalString.describe('Paid for it, in quote.'),
  value: DecimalString.nullable().describe('At the last mark the pool knows.'),
})

export const FollowView = z.object({
  id: Id,
  leaderId: Id,
  leaderName: z.string(),
  status: FollowStatus,
  reason: z.string().nullable().describe('Why it was refused, or what ended it by itself.'),
  settings: FollowSettingsInput,
  allocated: DecimalString,
  returned: DecimalString.describe('What has come back to the account so far.'),
  cash: DecimalString,
  equity: DecimalString.nullable().describe('Cash and holdings at their marks.'),
  profit: SignedDecimal.nullable().describe('Equity and what has come back, less what was allocated.'),
  realised: SignedDecimal,
  fees: DecimalString.describe('In quote, at the price of their trade.'),
  holdings: z.array(HoldingView),
  carried: z
    .array(z.object({ market: MarketId, side: Side, quantity: DecimalString }))
    .describe('Distance of each position from its target: too small to trade yet, or waiting for its turn.'),
  copied: z.number().int(),
  skipped: z.number().int(),
  createdAt: Time,
  updatedAt: Time,
})
export type FollowView = z.infer<typeof FollowView>

/** A copied trade with the whole way it came: leader fill, target, decision, block, share. */
export const CopyView = z.object({
  id: Id,
  followId: Id,
  leaderId: Id,
  leaderName: z.string(),
  market: MarketId,
  side: Side,
  outcome: z.enum(['filled', 'partial', 'skipped', 'failed']),
  reason: z.string().nullable(),
  leader: z.object({
    orderId: Id,
    quantity: DecimalString,
    total: DecimalString,
    price: DecimalString,
    at: Time,
  }),
  target: DecimalString.describe("The follow's position after it, if all had filled, in base."),
  wanted: DecimalString,
  quantity: DecimalString,
  total: DecimalString.describe('Quote paid or received.'),
  price: DecimalString.nullable().describe('Average, rounded; for display.'),
  fee: DecimalString,
  feeAsset: z.string(),
  block: z
    .object({
      id: Id,
      quantity: DecimalString,
      total: DecimalString,
      price: DecimalString,
      participants: z.number().int(),
    })
    .nullable(),
  slippageBps: SignedDecimal.nullable().describe("Against the leader's price; positive is worse."),
  delayMs: z.number().int().nullable(),
  at: Time,
})
export type CopyView = z.infer<typeof CopyView>

export const CopiesQuery = TimedPageQuery.extend({ followId: Id.optional() })
