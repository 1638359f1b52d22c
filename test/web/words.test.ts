import { describe, expect, test } from 'vitest'
import { safeNext } from '../../web/src/lib/account/safeNext.ts'
import { readRefusal, refusalWords } from '../../web/src/lib/api/refusal.ts'
import { copyReason } from '../../web/src/lib/copying/reasons.ts'
import { followSentence, slippageWords } from '../../web/src/lib/copying/words.ts'
import { commonScale } from '../../web/src/lib/traders/scale.ts'
import { ERROR_CODES } from '../../worker/contract/errors.ts'

describe('refusals', () => {
  test('every code of the venue has words', () => {
    for (const code of Object.keys(ERROR_CODES)) expect(refusalWords).toHaveProperty(code)
  })

  test('a problem document keeps its code, sentence and field', () => {
    const problem = { code: 'off_tick', detail: 'Use 1.00.', title: 'x', status: 422, field: 'price' }
    expect(readRefusal(422, problem)).toEqual({
      code: 'off_tick',
      message: 'Use 1.00.',
      field: 'price',
      status: 422,
    })
  })

  test.each([
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [429, 'rate_limited'],
    [503, 'offline'],
    [500, 'internal'],
    [422, 'invalid_input'],
  ] as const)('an answer of %d without a code of ours is still told apart', (status, code) => {
    expect(readRefusal(status, '<html>').code).toBe(code)
    expect(readRefusal(status, { code: 'constructor' }).code).toBe(code)
  })
})

test('a follow is said in one sentence before it is made', () => {
  const settings = {
    mode: 'fixed' as const,
    fixedAmount: '50',
    maxPerOrder: '100',
    maxSlippageBps: 25,
    notify: true,
  }
  const words = followSentence('Meridian', '1000', settings)
  for (const part of ['1,000.00 USDT', 'Meridian', '50.00 USDT', '100.00 USDT', '0.25%'])
    expect(words).toContain(part)
})

test('slippage says in whose favour it was', () => {
  expect(slippageWords('3.5')).toBe('3.50 bps worse')
  expect(slippageWords('-0.84')).toBe('0.84 bps better')
  expect(slippageWords('0')).toBe('none')
  expect(slippageWords(null)).toBe('–')
})

test.each(['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '', null])(
  'after signing in nobody is sent to %j',
  (next) => expect(safeNext(next, '/')).toBe('/'),
)

test('lines share a scale that holds zero', () => {
  expect(commonScale([[5, 9], [2]])).toEqual({ low: 0, high: 9 })
  expect(commonScale([])).toEqual({ low: 0, high: 0 })
})

test('a reason newer than the page is shown rather than hidden', () => {
  expect(copyReason('slippage')).toMatch(/slippage/)
  expect(copyReason('max_open_exposure')).toBe('max open exposure.')
})
