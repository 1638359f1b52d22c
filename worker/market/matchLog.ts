import type { EndReason, EngineEvents } from './engine/index.ts'
import type { Side } from './messages.ts'
import type { PublicStream } from './publicStream.ts'

/** What the engine told, as data. Orders by the engine's number. */
export type Told =
  /** The trades that follow are this order's. */
  | { readonly type: 'taking'; readonly number: number }
  | { readonly type: 'traded'; readonly maker: number; readonly ticks: number; readonly lots: number }
  /** At the back of its level; `lots` are left of it. */
  | { readonly type: 'rested'; readonly number: number; readonly lots: number }
  | { readonly type: 'reduced'; readonly number: number; readonly lots: number }
  | { readonly type: 'ended'; readonly number: number; readonly reason: EndReason }
  | { readonly type: 'fired'; readonly number: number }
  | { readonly type: 'activated'; readonly number: number; readonly since: number }
  | FollowedPrice

/** A price that trailing orders follow, or null when none does any more: see `EngineEvents.markMoved`. */
export interface FollowedPrice {
  readonly type: 'followed'
  readonly side: Side
  readonly since: number
  readonly ticks: number | null
}

/** Where the engine tells what it does: the levels go to the public stream, the rest waits for the turn to read it. */
export class MatchLog implements EngineEvents {
  readonly #stream: PublicStream
  #told: Told[] = []

  constructor(stream: PublicStream) {
    this.#stream = stream
  }

  taking(number: number): void {
    this.#told.push({ type: 'taking', number })
  }

  traded(maker: number, _owner: number, _side: Side, ticks: number, lots: number): void {
    this.#told.push({ type: 'traded', maker, ticks, lots })
  }

  rested(number: number, _owner: number, _side: Side, _ticks: number, lots: number): void {
    this.#told.push({ type: 'rested', number, lots })
  }

  refreshed(number: number, _owner: number, _side: Side, _ticks: number, lots: number): void {
    this.#told.push({ type: 'rested', number, lots })
  }

  reduced(number: number, _owner: number, _side: Side, _ticks: number, lots: number): void {
    this.#told.push({ type: 'reduced', number, lots })
  }

  ended(number: number, _owner: number, _side: Side, _left: number, reason: EndReason): void {
    this.#told.push({ type: 'ended', number, reason })
  }

  fired(number: number): void {
    this.#told.push({ type: 'fired', number })
  }

  activated(number: number, _side: Side, since: number): void {
    this.#told.push({ type: 'activated', number, since })
  }

  markMoved(side: Side, since: number, ticks: number | null): void {
    this.#told.push({ type: 'followed', side, since, ticks })
  }

  levelChanged(side: Side, ticks: number, lots: number): void {
    this.#stream.levelChanged(side, ticks, lots)
  }

  /** What was told since the last time, in its order. */
  take(): readonly Told[] {
    const told = this.#told
    this.#told = []
    return told
  }
}
