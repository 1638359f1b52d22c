import { deepStrictEqual } from 'node:assert/strict'
import { MatchingEngine, type RestingOrder, type Side } from '../../../worker/market/engine/index.ts'
import { firesAt, NaiveEngine } from './naive.ts'
import { type Live, limitOf } from './naiveBook.ts'
import { recorder, type Told } from './recorder.ts'
import { type Draft, type Rules, run, type Step, stepsOf, worstTicks } from './scenarios.ts'

const SIDES = ['buy', 'sell'] as const

/** As `deepStrictEqual`, for plain data; the comparison of texts is many times as fast when they are equal. */
function same(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) deepStrictEqual(actual, expected)
}

function engineOf(rules: Rules): { engine: MatchingEngine; told: Told[] } {
  const { told, events } = recorder()
  const engine: MatchingEngine = new MatchingEngine({
    ...rules,
    events,
    worstTicks: (side) => worstTicks(rules, side, engine.lastTicks),
  })
  return { engine, told }
}

/** What a market keeps of an engine's events to restore it after a crash, beside the orders themselves. */
class Kept {
  readonly places = new Map<number, number>()
  readonly marks = new Map<string, { side: Side; since: number; ticks: number }>()

  take(told: readonly Told[]): void {
    for (const event of told) {
      if (event[0] === 'activated') this.places.set(event[1], event[3])
      if (event[0] !== 'markMoved') continue
      const [, side, since, ticks] = event
      if (ticks === null) this.marks.delete(`${side} ${since}`)
      else this.marks.set(`${side} ${since}`, { side, since, ticks })
    }
  }
}

function restored(rules: Rules, naive: NaiveEngine, kept: Kept): { engine: MatchingEngine; told: Told[] } {
  const { engine, told } = engineOf(rules)
  for (const side of SIDES) for (const each of naive.queue(side)) engine.restore(restingOf(each))
  for (const { order, trigger, is, mark } of naive.orders) {
    if (is === 'resting' || trigger === null) continue
    const since = mark === null ? null : (kept.places.get(order.id) ?? null)
    engine.restoreWaiting({ order, trigger }, { since, fired: is === 'fired' })
  }
  for (const { side, since, ticks } of kept.marks.values()) engine.restoreMark(side, since, ticks)
  for (const [a, b] of naive.pairs) engine.restorePair(a, b)
  // An engine that starts has seen no price yet.
  naive.last = null
  same(told, [])
  return { engine, told }
}

function restingOf({ order, lots, shown }: Live): RestingOrder {
  const { id, owner, side } = order
  const displayLots = (order.type === 'limit' ? order.displayLots : null) ?? null
  return { id, owner, side, ticks: limitOf(order), lots, shownLots: shown, displayLots }
}

/** What both engines tell: all but the levels, the marks, and the places among them. */
function comparable(told: readonly Told[]): Told[] {
  return told.flatMap((event): Told[] => {
    if (event[0] === 'levelChanged' || event[0] === 'markMoved') return []
    return event[0] === 'activated' ? [['activated', event[1], event[2], 0]] : [event]
  })
}

/** Lots shown at each price. */
function levelsOf(naive: NaiveEngine): Map<string, number> {
  const levels = new Map<string, number>()
  for (const { order, shown } of naive.all('resting')) {
    const level = `${order.side} ${limitOf(order)}`
    levels.set(level, (levels.get(level) ?? 0) + shown)
  }
  return levels
}

/** Levels are told last, each once, with what is there; all that changed, and of a call with one matching no others. */
function checkLevels(told: readonly Told[], before: Map<string, number>, after: Map<string, number>): void {
  const levels = told.flatMap((event) =>
    event[0] === 'levelChanged' ? [[`${event[1]} ${event[2]}`, event[3]] as const] : [],
  )
  const isLast = told.slice(told.length - levels.length).every(([name]) => name === 'levelChanged')
  if (!isLast) throw new Error('levels are told before the end')
  const isOneMatching =
    told.filter(([name]) => name === 'taking').length < (told[0]?.[0] === 'taking' ? 2 : 1) &&
    !told.some((event) => event[0] === 'ended' && event[5] === 'oco')
  const changed = [...new Set([...before.keys(), ...after.keys()])]
    .filter((level) => before.get(level) !== after.get(level))
    .map((level) => [level, after.get(level) ?? 0] as const)
  const sorted = (pairs: (readonly [string, number])[]) =>
    pairs.map(([level, lots]) => `${level}: ${lots}`).sort()
  const news = levels.filter(([level, lots]) => isOneMatching || (before.get(level) ?? 0) !== lots)
  same(sorted(news), sorted(changed))
}

/** Makes the calls on both engines, and compares all that can be seen of them after each. Returns the engine as it is then. */
export function compare(
  rules: Rules,
  drafts: readonly Draft[],
  visit?: (step: Step, told: readonly Told[], result: unknown) => void,
): { engine: MatchingEngine } {
  const naive = new NaiveEngine(rules)
  const kept = new Kept()
  let { engine, told } = engineOf(rules)
  for (const [number, draft] of drafts.entries()) {
    for (const step of stepsOf(draft, number, naive)) {
      const before = levelsOf(naive)
      if (step.do === 'restart') ({ engine, told } = restored(rules, naive, kept))
      const result = run(engine, step)
      same(result, naive.run(step))
      same(comparable(told), naive.told)
      checkLevels(told, before, levelsOf(naive))
      visit?.(step, told, result)
      kept.take(told)
      told.length = 0
      naive.told = []
      compareStates(engine, naive, rules.maxTicks)
    }
  }
  return { engine }
}

function compareStates(engine: MatchingEngine, naive: NaiveEngine, maxTicks: number): void {
  engine.assertConsistent()
  const { book } = engine
  for (const side of SIDES) {
    const queue: RestingOrder[] = []
    book.forEachLevel(side, Number.POSITIVE_INFINITY, (ticks) =>
      book.forEachOrderAt(side, ticks, (id) => queue.push(book.get(id) as RestingOrder)),
    )
    same(queue, naive.queue(side).map(restingOf))
  }
  same(
    [book.count, engine.lastTicks, engine.queued],
    [naive.all('resting').length, naive.last, naive.all('fired').map(({ order }) => order.id)],
  )
  for (const waiter of naive.all('waiting')) {
    const { order, trigger } = waiter
    same(engine.waiting(order.id), { order, trigger })
    const ticks = firesAt(waiter)
    same(engine.triggerTicks(order.id), ticks === null || ticks < 1 || ticks > maxTicks ? null : ticks)
  }
}
