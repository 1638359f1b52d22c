import { type Refused, refusalWords } from '../api/refusal.ts'
import type { StreamState } from '../stream/topic.ts'

/**
 * What a panel has to say about itself. `stale`, `offline` and `halted` keep what was there in view under a strip;
 * the others take its place.
 */
export type PanelState =
  | { kind: 'ready' }
  | { kind: 'loading' }
  | { kind: 'empty' }
  | { kind: 'stale' }
  | { kind: 'offline' }
  | { kind: 'halted' }
  | { kind: 'error'; refusal: Refused }
  | { kind: 'forbidden'; refusal: Refused }

export const panelKinds = [
  'ready',
  'loading',
  'empty',
  'stale',
  'offline',
  'halted',
  'error',
  'forbidden',
] as const

export const ready: PanelState = { kind: 'ready' }
export const loading: PanelState = { kind: 'loading' }
export const empty: PanelState = { kind: 'empty' }

/** A refusal as a panel: something to sign in for, or something that failed. */
export function refusedState(refusal: Refused): PanelState {
  return { kind: refusalWords[refusal.code].forbidden ? 'forbidden' : 'error', refusal }
}

/** A list as a panel: loading until known, empty when there is nothing. */
export function listState(items: readonly unknown[] | null, refusal: Refused | null): PanelState {
  if (items === null) return refusal === null ? loading : refusedState(refusal)
  return items.length === 0 ? empty : ready
}

/** What a live panel says of its feed, worst first. */
export function liveState(
  known: boolean,
  connection: StreamState,
  stale: boolean,
  status: 'open' | 'cancel_only' | 'halted',
): PanelState {
  if (connection === 'refused' && !known)
    return {
      kind: 'error',
      refusal: { code: 'forbidden', message: 'The stream was refused. Reload the page.', status: 403 },
    }
  if (connection === 'offline') return { kind: 'offline' }
  if (!known) return loading
  if (status !== 'open') return { kind: 'halted' }
  return stale || connection === 'reconnecting' || connection === 'resyncing' ? { kind: 'stale' } : ready
}
