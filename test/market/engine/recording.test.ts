import { expect, test } from 'vitest'
import { marketById } from '../../../worker/market/settings.ts'
import { readRecording, replay } from '../../bench/engine/replay.ts'
import { sharedData } from '../../support/sharedData.ts'

const file = sharedData('book/binance-spot-btcusdt-20240808-20s.jsonl')

test.skipIf(file === null)(
  'a recorded book played as orders is the recorded book after every step (needs ../shared/data)',
  () => {
    const market = marketById('BTC-USDT')
    if (file === null) throw new Error('no recording')
    const { steps, tally } = replay(market, readRecording(file))
    expect(steps).toBe(533)
    expect(tally.trades).toBeGreaterThan(300)
  },
)
