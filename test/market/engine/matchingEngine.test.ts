import { describe, expect, test } from 'vitest'
import { type EngineEvents, MatchingEngine, type NewOrder } from '../../../worker/market/engine/index.ts'

/** An engine whose events of orders are kept as lines. Bids rest at 100, 99 and 98, ten lots each. */
function quoted(cascadeLimit = 1_000): { engine: MatchingEngine; told: string[] } {
  const told: string[] = []
  const events: EngineEvents = {
    taking: (id) => told.push(`${id} takes`),
    traded: (maker, _owner, _side, ticks, lots) => told.push(`${lots} of ${maker} at ${ticks}`),
    rested: (id) => told.push(`${id} rests`),
    refreshed: () => {},
    reduced: () => {},
    ended: (id, _owner, _side, _left, reason) => told.push(`${id} ${reason}`),
    levelChanged: () => {},
    fired: (id, ticks) => told.push(`${id} fires at ${ticks}`),
    activated: () => {},
    markMoved: () => {},
  }
  const engine = new MatchingEngine({
    events,
    worstTicks: (side) => (side === 'buy' ? 1_000 : 1),
    cascadeLimit,
  })
  for (const [id, ticks] of [
    [1, 100],
    [2, 99],
    [3, 98],
  ] as const)
    engine.place({ type: 'limit', id, owner: id, side: 'buy', ticks, lots: 10 })
  told.length = 0
  return { engine, told }
}

const sell = (id: number, lots: number): NewOrder => ({ type: 'market', id, owner: id, side: 'sell', lots })

describe('orders that one trade fires', () => {
  test('go to the book in the order in which they were accepted', () => {
    const { engine, told } = quoted()
    for (const id of [11, 12, 13])
      engine.wait({ order: sell(id, 1), trigger: { kind: 'falls_to', ticks: 100 } })
    engine.place(sell(20, 1))
    expect(told.filter((line) => line.endsWith('takes'))).toEqual([
      '20 takes',
      '11 takes',
      '12 takes',
      '13 takes',
    ])
    engine.assertConsistent()
  })

  test('go on in the next call past the bound', () => {
    const { engine, told } = quoted(2)
    for (const id of [11, 12, 13])
      engine.wait({ order: sell(id, 1), trigger: { kind: 'falls_to', ticks: 100 } })
    engine.place(sell(20, 1))
    expect(engine.queued).toEqual([13])
    engine.continueCascade()
    expect(engine.queued).toEqual([])
    expect(told.at(-1)).toBe('13 filled')
  })

  test('wait until the sweep that fires them is complete', () => {
    const { engine, told } = quoted()
    engine.wait({ order: sell(11, 5), trigger: { kind: 'falls_to', ticks: 99 } })
    engine.place(sell(20, 15))
    expect(told).toEqual([
      '20 takes',
      '10 of 1 at 100',
      '1 filled',
      '5 of 2 at 99',
      '20 filled',
      '11 fires at 99',
      '11 takes',
      '5 of 2 at 99',
      '2 filled',
      '11 filled',
    ])
  })
})

test('a trailing stop has seen every trade of a sweep, the first and highest too', () => {
  const { engine, told } = quoted()
  engine.observe(97)
  engine.wait({
    order: sell(11, 1),
    trigger: { kind: 'trails', offset: { ticks: 2 }, activationTicks: null },
  })
  // 100, 99 and 98: two below the highest is 98. Of the last trade alone it would have to fall to 96.
  engine.place(sell(20, 25))
  expect(told).toContain('11 fires at 98')
})
