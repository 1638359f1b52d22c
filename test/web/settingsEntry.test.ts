import { describe, expect, test } from 'vitest'
import { entryOf, faultsOf, NEW_SETTINGS, settingsOf } from '../../web/src/lib/copying/settingsEntry.ts'
import { followSentence, settingsWords } from '../../web/src/lib/copying/words.ts'
import { FollowSettingsInput } from '../../worker/contract/follows.ts'

const input = (settings: object): FollowSettingsInput =>
  FollowSettingsInput.parse({ maxPerOrder: '250', maxSlippageBps: 50, notify: true, ...settings })

describe('what is entered of a follow', () => {
  test('is taken by the venue as it is offered at first, in each mode', () => {
    for (const mode of ['proportional', 'ratio', 'fixed'] as const) {
      const entry = { ...NEW_SETTINGS, mode }
      expect(faultsOf(entry)).toEqual({})
      expect(FollowSettingsInput.parse(settingsOf(entry, null))).toMatchObject({ mode })
    }
  })

  test('gives back what it was filled with, and what it does not show of it', () => {
    const settings = input({
      mode: 'ratio',
      ratio: '0.25',
      stopLossBps: 2_550,
      takeProfitBps: 15_000,
      limits: {
        maxDelayMs: 5_000,
        maxExposure: '500',
        maxExposurePerAsset: '100.5',
        maxOrdersPerDay: 12,
        minLeaderOrder: '20',
        markets: ['BTC-USDT'],
        exceptMarkets: ['ETH-USDT'],
        orderTypes: ['limit'],
        sides: ['buy'],
      },
    })
    expect(settingsOf(entryOf(settings), settings)).toEqual(settings)
    const plain = input({ mode: 'fixed', fixedAmount: '50' })
    expect(settingsOf(entryOf(plain), plain)).toEqual(plain)
  })

  test.each([
    ['ratio', '100.000001'],
    ['ratio', '0.0000001'],
    ['ratio', '0'],
    ['maxExposure', '0'],
    ['maxExposurePerAsset', 'much'],
    ['minLeaderOrder', '-5'],
    ['maxOrdersPerDay', '501'],
    ['maxOrdersPerDay', '2.5'],
    ['maxDelay', '61'],
    ['maxSlippage', '10.01'],
    ['stopLoss', '4.99'],
    ['stopLoss', '95.01'],
    ['takeProfit', '0.5'],
  ] as const)('names the field that the venue would refuse: %s of %s', (field, text) => {
    expect(faultsOf({ ...NEW_SETTINGS, mode: 'ratio', [field]: text })).toHaveProperty(field)
  })
})

test('every limit is said before it counts', () => {
  const settings = input({
    mode: 'ratio',
    ratio: '0.5',
    stopLossBps: 2_000,
    limits: { maxExposure: '500', maxOrdersPerDay: 3, exceptMarkets: ['SOL-USDT'], sides: ['buy'] },
  })
  for (const words of [followSentence('Meridian', '1000', settings), settingsWords(settings)])
    for (const part of [
      '0.5 times',
      '500.00 USDT invested',
      '3 orders a day',
      'without SOL',
      'at a loss of 20%',
    ])
      expect(words).toContain(part)
  expect(followSentence('Meridian', '1000', settings)).toContain('you keep what you hold')
})
