import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { bookChecksum } from '../../worker/contract/checksum.ts'
import type { BookLevel } from '../../worker/contract/markets.ts'
import {
  AccountStreamMessage,
  ControlMessage,
  MarketStreamMessage,
  ResyncRequest,
  STREAM_LIMITS,
  StreamRequest,
} from '../../worker/contract/stream.ts'

const text = readFileSync(path.resolve(import.meta.dirname, '../../docs/stream.md'), 'utf8')

const examples = [...text.matchAll(/^```json\n(.*?)^```/gms)].flatMap(([, block = '']) =>
  block
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line)),
)

const Said = z.union([
  StreamRequest,
  ResyncRequest,
  ControlMessage,
  MarketStreamMessage,
  AccountStreamMessage,
])

test('every message of docs/stream.md is one of the contract, with nothing besides', () => {
  expect(examples.length).toBeGreaterThan(20)
  for (const example of examples) expect(Said.parse(example)).toEqual(example)
})

test('the checksums of docs/stream.md are those of the books shown', () => {
  const messages = examples.flatMap((example) => {
    const { data } = MarketStreamMessage.safeParse(example)
    return data === undefined ? [] : [data]
  })
  const snapshot = messages.find((message) => message.type === 'snapshot')
  const frame = messages.find((message) => message.type === 'frame')
  if (snapshot?.type !== 'snapshot' || frame?.type !== 'frame') throw new Error('no snapshot or no frame')
  expect(bookChecksum(snapshot.bids, snapshot.asks)).toBe(snapshot.checksum)
  const changed = new Map<string, string>(frame.book?.asks)
  const asks = snapshot.asks.map(([price, quantity]): BookLevel => [price, changed.get(price) ?? quantity])
  expect(bookChecksum(snapshot.bids, asks)).toBe(frame.book?.checksum)
  expect(frame.book?.first).toBe(snapshot.sequence + 1)
  for (const checksum of [snapshot.checksum, frame.book?.checksum])
    expect(text).toContain(`    ${checksum}\n`)
})

test('the limits of docs/stream.md are those of the contract', () => {
  const { subscriptions, textLength, controlsPerSecond, controlsAtOnce, socketsOfAccount, socketsOfMarket } =
    STREAM_LIMITS
  for (const row of [
    `| subscriptions of a connection | ${subscriptions} |`,
    `| one text of a client | ${textLength.toLocaleString('en')} characters |`,
    `| texts of a client, pings included | ${controlsPerSecond} a second, ${controlsAtOnce} at once |`,
    `| sockets of one account | ${socketsOfAccount} |`,
    `| sockets of one market | ${socketsOfMarket.toLocaleString('en')} |`,
  ])
    expect(text).toContain(row)
  expect(text).toContain(`at least every ${STREAM_LIMITS.pingEveryMs / 1_000} seconds`)
  expect(text).toContain(`for ${STREAM_LIMITS.slowAfterMs / 1_000} seconds is sent nothing`)
})
