import type { EngineEvents } from '../../../worker/market/engine/index.ts'

type Arguments = { [Event in keyof EngineEvents]: [Event, ...Parameters<EngineEvents[Event]>] }

/** The engine's events as data, so that two engines can be compared. */
export type Told = Arguments[keyof EngineEvents]

/** A sink that keeps what it is told, for comparison. */
export function recorder(): { told: Told[]; events: EngineEvents } {
  const told: Told[] = []
  const events: EngineEvents = {
    taking: (...args) => told.push(['taking', ...args]),
    traded: (...args) => told.push(['traded', ...args]),
    rested: (...args) => told.push(['rested', ...args]),
    refreshed: (...args) => told.push(['refreshed', ...args]),
    reduced: (...args) => told.push(['reduced', ...args]),
    fired: (...args) => told.push(['fired', ...args]),
    activated: (...args) => told.push(['activated', ...args]),
    markMoved: (...args) => told.push(['markMoved', ...args]),
    ended: (...args) => told.push(['ended', ...args]),
    levelChanged: (...args) => told.push(['levelChanged', ...args]),
  }
  return { told, events }
}
