import type { BookEvents } from '../../../worker/market/engine/index.ts'
import type { Told } from './naive.ts'

/** A sink that keeps what it is told, for comparison. */
export function recorder(): { told: Told[]; events: BookEvents } {
  const told: Told[] = []
  const events: BookEvents = {
    traded: (...args) => told.push(['traded', ...args]),
    rested: (...args) => told.push(['rested', ...args]),
    refreshed: (...args) => told.push(['refreshed', ...args]),
    reduced: (...args) => told.push(['reduced', ...args]),
    ended: (...args) => told.push(['ended', ...args]),
    levelChanged: (...args) => told.push(['levelChanged', ...args]),
  }
  return { told, events }
}
