import fc from 'fast-check'
import type * as Engine from '../../../worker/market/engine/index.ts'
import type { NaiveEngine } from './naive.ts'

type Side = Engine.Side

/** What both engines are made with. Prices are around `centre`. */
export type Rules = {
  centre: number
  maxTicks: number
  maxOrders: number
  cascadeLimit: number
}

/** The band of the moment in which a market order's trigger fires. */
export function worstTicks({ centre, maxTicks }: Rules, side: Side, last: number | null): number {
  return Math.max(1, Math.min(maxTicks, (last ?? centre) + (side === 'buy' ? 2 : -2)))
}

/** One call of the engine; `restart` puts it together again from what it told. */
export type Step =
  | { do: 'place'; order: Engine.NewOrder }
  | { do: 'replace'; order: Engine.LimitOrder }
  | { do: 'wait'; waiting: Engine.WaitingOrder; fireIfReached: boolean }
  | { do: 'amend'; waiting: Engine.WaitingOrder }
  | { do: 'pair'; a: number; b: number }
  | { do: 'cancel'; id: number; reason: Engine.CancelReason }
  | { do: 'reduce'; id: number; lots: number }
  | { do: 'block'; block: Engine.BlockOrder }
  | { do: 'observe'; ticks: number }
  | { do: 'continue' }
  | { do: 'restart' }

/** An order's terms; its id comes with the step. */
type Terms =
  | (Omit<Engine.LimitOrder, 'id'> & { id?: never })
  | (Omit<Engine.MarketOrder, 'id'> & { id?: never })
type Limit = Extract<Terms, { type: 'limit' }>

/** A step as far as it can be said before there is an engine: `pick` chooses among the orders that are there. */
export type Draft =
  | Exclude<Step, { order: unknown } | { waiting: unknown } | { id: number } | { a: number }>
  | { do: 'place'; order: Terms }
  | { do: 'replace'; pick: number; order: Limit; samePrice: boolean }
  | { do: 'wait'; order: Terms; trigger: Engine.Trigger; fireIfReached: boolean }
  | { do: 'oco'; order: Terms; trigger: Engine.Trigger; other: Terms; otherTrigger: Engine.Trigger | null }
  | { do: 'amend'; pick: number; order: Terms; trigger: Engine.Trigger; keepActivation: boolean }
  | { do: 'pair'; pick: number; other: number }
  | { do: 'cancel'; pick: number; reason: Engine.CancelReason }
  | { do: 'reduce'; pick: number; lots: number }

/** Ids rise with the step, from where they no longer fit into an int32, so that a table of 32-bit keys would mix them up. */
export const idOf = (step: number) => step * 2 ** 31 + 7

const HUGE = 2 ** 51

const side = fc.constantFrom<Side>('buy', 'sell')
const owner = fc.integer({ min: 0, max: 3 })
const pick = fc.nat(30)
const lots = fc.oneof(
  { weight: 40, arbitrary: fc.integer({ min: 1, max: 12 }) },
  { weight: 1, arbitrary: fc.integer({ min: HUGE, max: HUGE * 2 }) },
)
const selfTrade = fc.constantFrom<Engine.SelfTradePrevention>(
  'cancel_newest',
  'cancel_oldest',
  'cancel_both',
  'decrement',
)
const reason = fc.constantFrom<Engine.CancelReason>('user', 'expired', 'market_closed', 'admin')

/** Prices within a few ticks of the centre, and now and then one far away. */
function pricesOf({ centre, maxTicks }: Rules): fc.Arbitrary<number> {
  return fc.oneof(
    {
      weight: 30,
      arbitrary: fc.integer({ min: Math.max(1, centre - 4), max: Math.min(maxTicks, centre + 4) }),
    },
    { weight: 1, arbitrary: fc.constantFrom(1, maxTicks) },
  )
}

function ordersOf(rules: Rules) {
  const ticks = pricesOf(rules)
  const base = { owner, side, selfTrade }
  const limit = fc.record(
    {
      type: fc.constant('limit' as const),
      ...base,
      ticks,
      lots,
      postOnly: fc.constantFrom(false, false, false, true),
    },
    { requiredKeys: ['type', 'owner', 'side', 'ticks', 'lots'] },
  )
  const iceberg = fc
    .tuple(limit, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 9 }))
    .map(([order, displayLots, hidden]) => ({ ...order, lots: displayLots + hidden, displayLots }))
  const immediate = fc.record(
    {
      type: fc.constant('limit' as const),
      ...base,
      ticks,
      lots,
      timeInForce: fc.constantFrom('IOC', 'FOK', 'FOK'),
    },
    { requiredKeys: ['type', 'owner', 'side', 'ticks', 'lots', 'timeInForce'] },
  )
  const budget = fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 1, max: rules.centre * 20 }) },
    { weight: 1, arbitrary: fc.integer({ min: 2 ** 50, max: Number.MAX_SAFE_INTEGER }) },
  )
  const wants = fc.constantFrom('lots' as const, 'budget' as const)
  const marketBase = fc.record(
    {
      type: fc.constant('market' as const),
      ...base,
      worstTicks: ticks,
      timeInForce: fc.constantFrom('IOC' as const, 'FOK' as const),
    },
    { requiredKeys: ['type', 'owner', 'side'] },
  )
  const marketBy = <Bounds extends object>(bounds: fc.Arbitrary<Bounds>) =>
    fc.tuple(marketBase, bounds).map(([order, each]) => ({ ...order, ...each }))
  const market = fc.oneof(
    marketBy(fc.record({ lots })),
    marketBy(fc.record({ budget })),
    marketBy(fc.record({ lots, budget, wants })),
  )
  const resting = fc.oneof({ weight: 2, arbitrary: limit }, { weight: 1, arbitrary: iceberg })
  const every = fc.oneof(
    { weight: 6, arbitrary: limit },
    { weight: 3, arbitrary: iceberg },
    { weight: 3, arbitrary: immediate },
    { weight: 4, arbitrary: market },
  )
  return { resting, every }
}

function triggersOf(ticks: fc.Arbitrary<number>): fc.Arbitrary<Engine.Trigger> {
  const offset = fc.oneof(
    fc.record({ ticks: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ bps: fc.constantFrom(1, 90, 150, 200, 250, 9_999) }),
  )
  const activationTicks = fc.option(ticks, { freq: 2 })
  return fc.oneof(
    fc.record({ kind: fc.constantFrom('rises_to' as const, 'falls_to' as const), ticks }),
    fc.record({ kind: fc.constant('trails' as const), offset, activationTicks }),
  )
}

function draftsOf(rules: Rules): fc.Arbitrary<Draft> {
  const ticks = pricesOf(rules)
  const { resting, every } = ordersOf(rules)
  const trigger = triggersOf(ticks)
  const tier = fc.record({ limitTicks: ticks, lots: fc.integer({ min: 1, max: 9 }) })
  const block = fc.record({ side, leaderOwner: owner, tiers: fc.array(tier, { minLength: 1, maxLength: 3 }) })
  const are = <Name extends string>(name: Name) => fc.constant(name)
  const otherTrigger = fc.option(trigger, { freq: 1 })
  return fc.oneof(
    { weight: 7, arbitrary: fc.record({ do: are('place'), order: every }) },
    { weight: 4, arbitrary: fc.record({ do: are('place'), order: resting }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: are('replace'), pick, order: resting, samePrice: fc.boolean() }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ do: are('wait'), order: every, trigger, fireIfReached: fc.boolean() }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: are('oco'), order: every, trigger, other: every, otherTrigger }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: are('amend'), pick, order: every, trigger, keepActivation: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ do: are('pair'), pick, other: pick }) },
    { weight: 2, arbitrary: fc.record({ do: are('cancel'), pick, reason }) },
    { weight: 2, arbitrary: fc.record({ do: are('reduce'), pick, lots: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 3, arbitrary: fc.record({ do: are('block'), block }) },
    { weight: 3, arbitrary: fc.record({ do: are('observe'), ticks }) },
    { weight: 1, arbitrary: fc.record({ do: are('continue') }) },
    { weight: 1, arbitrary: fc.record({ do: are('restart') }) },
  )
}

/** A market and what happens there: centres on both sides of a word, page and summary edge of the ladder. */
export function histories(maxLength: number): fc.Arbitrary<{ rules: Rules; drafts: Draft[] }> {
  const markets = [100, 100, 5, 32, 1024, 32_768].flatMap((centre) =>
    [
      { maxTicks: centre + 5, maxOrders: 40, cascadeLimit: 1_000 },
      { maxTicks: 40_000, maxOrders: 40, cascadeLimit: 1_000 },
      { maxTicks: 40_000, maxOrders: 6, cascadeLimit: 1 },
      { maxTicks: 40_000, maxOrders: 40, cascadeLimit: 2 },
    ].map((each): Rules => ({ centre, ...each })),
  )
  const history = (rules: Rules) =>
    fc.array(draftsOf(rules), { maxLength, size: 'max' }).map((drafts) => ({ rules, drafts }))
  return fc.oneof(...markets.map(history))
}

/** The draft's calls on the orders that there are; none when there is nothing that it could be about. */
export function stepsOf(draft: Draft, number: number, naive: NaiveEngine): Step[] {
  const id = idOf(number)
  const { orders } = naive
  const target = (of: typeof orders, at: number) => of[at % Math.max(of.length, 1)]
  /** Of any order there is, or of the one that may come next. */
  const idAt = (at: number) => orders[at % (orders.length + 1)]?.order.id ?? idOf(number + 1)
  switch (draft.do) {
    case 'place':
      return [{ do: 'place', order: { ...draft.order, id } }]
    case 'replace': {
      const old = target(naive.all('resting'), draft.pick)?.order
      if (old?.type !== 'limit') return []
      const { owner, side } = old
      const ticks = draft.samePrice ? old.ticks : draft.order.ticks
      return [{ do: 'replace', order: { ...draft.order, id: old.id, owner, side, ticks } }]
    }
    case 'wait': {
      const { order, trigger, fireIfReached } = draft
      return [{ do: 'wait', waiting: { order: { ...order, id }, trigger }, fireIfReached }]
    }
    case 'oco': {
      const { order, trigger, other, otherTrigger } = draft
      const second = { ...other, id: id + 1 }
      return [
        { do: 'pair', a: id, b: id + 1 },
        { do: 'wait', waiting: { order: { ...order, id }, trigger }, fireIfReached: false },
        otherTrigger === null
          ? { do: 'place', order: second }
          : { do: 'wait', waiting: { order: second, trigger: otherTrigger }, fireIfReached: true },
      ]
    }
    case 'amend': {
      const waiter = target(naive.all('waiting'), draft.pick)
      const { trigger: before = null } = waiter ?? {}
      const {
        owner = draft.order.owner,
        side = draft.order.side,
        id = idAt(draft.pick),
      } = waiter?.order ?? {}
      const keeps = draft.keepActivation && before?.kind === 'trails' && draft.trigger.kind === 'trails'
      const trigger = keeps ? { ...draft.trigger, activationTicks: before.activationTicks } : draft.trigger
      return [{ do: 'amend', waiting: { order: { ...draft.order, id, owner, side }, trigger } }]
    }
    case 'pair':
      return [{ do: 'pair', a: idAt(draft.pick), b: idAt(draft.other) }]
    case 'cancel':
      return [{ do: 'cancel', id: idAt(draft.pick), reason: draft.reason }]
    case 'reduce':
      return [{ do: 'reduce', id: idAt(draft.pick), lots: draft.lots }]
    default:
      return [draft]
  }
}

/** Makes the call. A pair that is refused is a result like any other. */
export function run(engine: Engine.MatchingEngine, step: Step): unknown {
  switch (step.do) {
    case 'place':
      return engine.place(step.order)
    case 'replace':
      return engine.replace(step.order)
    case 'wait':
      return engine.wait(step.waiting, step.fireIfReached)
    case 'amend':
      return engine.amendWaiting(step.waiting)
    case 'pair':
      try {
        return engine.pair(step.a, step.b)
      } catch (error) {
        if (error instanceof RangeError) return 'RangeError'
        throw error
      }
    case 'cancel':
      return engine.cancel(step.id, step.reason)
    case 'reduce':
      return engine.reduce(step.id, step.lots)
    case 'block':
      return engine.block(step.block)
    case 'observe':
      return engine.observe(step.ticks)
    case 'continue':
      return engine.continueCascade()
    case 'restart':
      return undefined
  }
}
