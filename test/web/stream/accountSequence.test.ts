import { expect, test } from 'vitest'
import { AccountSequence } from '../../../web/src/lib/stream/accountSequence.ts'
import type { AccountStreamMessage } from '../../../worker/contract/stream.ts'

const hello = (sequence: number): AccountStreamMessage => ({ type: 'hello', sequence, unread: 0 })
const message = (sequence: number): AccountStreamMessage => ({ type: 'balances', sequence, balances: [] })

test('messages in sequence need nothing read', () => {
  const sequence = new AccountSequence()
  expect(sequence.accept(hello(4))).toBe('fetch')
  expect([5, 6, 7].map((n) => sequence.accept(message(n)))).toEqual(['next', 'next', 'next'])
})

test('a missed message is found by the next one, once', () => {
  const sequence = new AccountSequence()
  sequence.accept(hello(0))
  expect(sequence.accept(message(2))).toBe('fetch')
  expect(sequence.accept(message(3))).toBe('next')
})

test('a message that comes twice is told apart', () => {
  const sequence = new AccountSequence()
  sequence.accept(hello(0))
  sequence.accept(message(1))
  expect(sequence.accept(message(1))).toBe('repeat')
})

test('a new connection counts from its own hello', () => {
  const sequence = new AccountSequence()
  sequence.accept(hello(100))
  sequence.accept(message(101))
  expect(sequence.accept(hello(0))).toBe('fetch')
  expect(sequence.accept(message(1))).toBe('next')
})
