/** Where a stream of messages begins or ends: one object, or one queue. */
export type Address = `account/${string}` | `market/${string}` | `pool/${string}` | `queue/${string}`

export type AddressKind = 'account' | 'market' | 'pool' | 'queue'

export const accountAddress = (accountId: string): Address => `account/${accountId}`
export const marketAddress = (marketId: string): Address => `market/${marketId}`
export const poolAddress = (leaderId: string): Address => `pool/${leaderId}`
export const queueAddress = (name: string): Address => `queue/${name}`

const KINDS: Readonly<Record<string, AddressKind>> = {
  account: 'account',
  market: 'market',
  pool: 'pool',
  queue: 'queue',
}

/** Throws on a string that names no address: it can only come from a fault of ours, never from a user. */
export function parseAddress(text: string): { kind: AddressKind; id: string } {
  const slash = text.indexOf('/')
  const kind = KINDS[text.slice(0, Math.max(slash, 0))]
  const id = text.slice(slash + 1)
  if (kind === undefined || id === '') throw new Error(`not an address: ${text}`)
  return { kind, id }
}

/** Reads an address back from a row. */
export function toAddress(text: string): Address {
  const { kind, id } = parseAddress(text)
  return `${kind}/${id}`
}
