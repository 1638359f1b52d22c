import { UNIT } from '../ledger/amount.ts'
import {
  accumulate,
  buyBreakouts,
  chaseEveryMove,
  followTrend,
  restOnGrid,
  revertToMean,
} from './strategies.ts'
import type { Strategy } from './view.ts'

/** A bot of the demonstration. */
export interface DemoTrader {
  /** Its account id: fixed, so that seeding again finds it. */
  readonly id: string
  readonly name: string
  readonly style: string
  readonly bio: string
  readonly markets: readonly string[]
  readonly strategy: Strategy
  /** Quote units that it began its record with. */
  readonly capital: bigint
  /** Milliseconds between two of its decisions while somebody watches, and in its simulated record. */
  readonly pace: number
  readonly recordPace: number
}

const MINUTE = 60_000

export const ROSTER: readonly DemoTrader[] = [
  {
    id: '01989680-0000-7000-8000-000000000001',
    name: 'North Wind',
    style: 'Trend following',
    bio: 'A bot. Buys what has been rising for hours, adds on dips, leaves when the short average turns. At most a third of its funds in one market.',
    markets: ['BTC-USDT', 'ETH-USDT', 'SOL-USDT'],
    strategy: followTrend,
    capital: 120_000n * UNIT,
    pace: 12_000,
    recordPace: 60 * MINUTE,
  },
  {
    id: '01989680-0000-7000-8000-000000000002',
    name: 'Undertow',
    style: 'Mean reversion',
    bio: 'A bot. Buys below the average of the last four hours and sells above it. Loses when a trend does not come back.',
    markets: ['ETH-USDT', 'LTC-USDT'],
    strategy: revertToMean,
    capital: 80_000n * UNIT,
    pace: 10_000,
    recordPace: 60 * MINUTE,
  },
  {
    id: '01989680-0000-7000-8000-000000000003',
    name: 'Breakwater',
    style: 'Breakout',
    bio: 'A bot. Waits for a price to leave its range upwards and stays until it falls through the floor. Often wrong, in small.',
    markets: ['BTC-USDT', 'SOL-USDT', 'XRP-USDT'],
    strategy: buyBreakouts,
    capital: 100_000n * UNIT,
    pace: 15_000,
    recordPace: 40 * MINUTE,
  },
  {
    id: '01989680-0000-7000-8000-000000000004',
    name: 'Lattice',
    style: 'Grid maker',
    bio: 'A bot. Rests small orders on fixed lines below and above the price and waits for others to come to it.',
    markets: ['BNB-USDT', 'LTC-USDT', 'XRP-USDT'],
    strategy: restOnGrid,
    capital: 150_000n * UNIT,
    pace: 5_000,
    recordPace: 20 * MINUTE,
  },
  {
    id: '01989680-0000-7000-8000-000000000005',
    name: 'Slow Tide',
    style: 'Accumulation',
    bio: 'A bot. Buys a little BTC and ETH again and again, whatever the price; sells some when nearly all is invested.',
    markets: ['BTC-USDT', 'ETH-USDT'],
    strategy: accumulate,
    capital: 60_000n * UNIT,
    pace: 20_000,
    recordPace: 120 * MINUTE,
  },
  {
    id: '01989680-0000-7000-8000-000000000006',
    name: 'Hair Trigger',
    style: 'Overtrading',
    bio: 'A bot. Chases every move with too much and pays a fee each time. Here to show what a bad record looks like.',
    markets: ['BTC-USDT', 'SOL-USDT'],
    strategy: chaseEveryMove,
    capital: 40_000n * UNIT,
    pace: 8_000,
    recordPace: 20 * MINUTE,
  },
]
