import { expect, it } from 'vitest'
import { checkSettings, NO_LIMITS } from '../../worker/copying/settings.ts'
import { LARGEST_AMOUNT } from '../../worker/ledger/amount.ts'

const settings = {
  mode: 'fixed',
  fixedAmount: 1n,
  maxPerOrder: LARGEST_AMOUNT,
  maxSlippageBps: 50,
  notify: true,
  ratioMillionths: null,
  stopLossBps: null,
  takeProfitBps: null,
  limits: NO_LIMITS,
} as const

it('says the bound of an amount that is past it', () => {
  expect(checkSettings(settings)).toEqual({ ok: true, value: null })
  for (const field of ['maxPerOrder', 'fixedAmount'])
    expect(checkSettings({ ...settings, [field]: LARGEST_AMOUNT + 1n })).toMatchObject({
      refusal: { code: 'invalid_input', field, message: expect.stringContaining('at most 92233720368') },
    })
})
