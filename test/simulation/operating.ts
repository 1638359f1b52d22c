import type { MarketStatus } from '../../worker/market/messages.ts'
import { decideStep } from '../../worker/market/quoting.ts'
import type { Market } from '../../worker/market/settings.ts'
import { decideStatus } from '../../worker/market/status.ts'
import type { Crowd } from './crowd.ts'

/** A step of the reference, and the house quotes around it. */
export function requote(crowd: Crowd, market: Market): void {
  const { world } = crowd.venue
  const object = crowd.venue.market(market.id)
  const reference = crowd.reference(market)
  const step = reference.step(crowd.random, world.now)
  crowd.count('requote')
  world.note(`house: quotes ${market.id} around ${reference.ticks} ticks`)
  try {
    object.execute((state, moment) => decideStep(state, step, null, moment))
    crowd.venue.checkCrossed(object.state)
  } catch {
    // It died or its disk failed; the next step of the feed is taken as if this one had not been.
  }
}

/** The operator narrows or halts a market, and opens it again before long. */
export function operate(crowd: Crowd): void {
  const status = crowd.random.pick(['open', 'open', 'cancel_only', 'halted'] as const)
  crowd.count(`market ${status}`)
  setStatus(crowd, crowd.aMarket().id, status)
}

/** Markets that were narrowed or halted open again. */
export function openMarkets(crowd: Crowd): void {
  for (const { id } of crowd.markets)
    while (crowd.venue.market(id).state.status !== 'open') setStatus(crowd, id, 'open')
}

function setStatus({ venue }: Crowd, market: string, status: MarketStatus): void {
  venue.world.note(`operator: ${market} is to be ${status}`)
  try {
    venue.market(market).execute((state, moment) => decideStatus(state, status, moment))
  } catch {
    // It died; the operator tries again.
  }
}
