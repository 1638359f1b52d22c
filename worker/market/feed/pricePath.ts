import { bell, keyOf, uniform } from './noise.ts'

/**
 * A price that wanders like a market and can be asked for at any time: the multifractal model of asset returns
 * (Mandelbrot, Fisher, Calvet 1997), Brownian motion run by a clock of its own, `tradingTime`, that hurries and dawdles
 * on every scale. It gives returns uncorrelated in themselves, bursts and calm that cluster, and heavy tails at short
 * horizons that thin out at long ones. Both parts are built by halving a span again and again (a multiplicative cascade
 * for the clock, Lévy's construction for the motion), so that a value costs some ninety draws, whatever came before.
 */

/** Milliseconds of a span, about 50 days. At the joints the price is drawn around the centre, so it cannot run away. */
export const SPAN_MS = 2 ** 32

/**
 * Halvings of a span for the clock (to 256 ms) and for the motion (to 2 s of trading time). Between its points the motion
 * stands still and then jumps, own and common motion each for itself: in the recordings the best bid changes in 10% of
 * the steps of 100 ms.
 */
const CLOCK_DEPTH = 24
const MOTION_DEPTH = 21

/**
 * How unequally the clock's mass is split at each halving: a half gets 0.5 +- this. Each halving multiplies the fourth
 * moment of returns by 1 + 4/3 of its square, so returns over a minute come to a kurtosis of some 20, over an hour of
 * some 8; measured in ../shared/data/candles: 26 to 104 and 4 to 13.
 */
const UNEVENNESS = 0.36

/** The share of trading time that runs evenly: even the calmest minute trades. */
const EVEN_SHARE = 0.2

/** Of the logarithm of the price at the joints. */
const JOINT_DEVIATION = 0.05

/** Trading time since the epoch, in ms on average: runs fast in bursts, slowly in calm. */
export function tradingTime(key: number, time: number): number {
  const span = Math.floor(time / SPAN_MS)
  const clockKey = (key ^ Math.imul(span, 0x27d4eb2f)) >>> 0
  let fraction = time / SPAN_MS - span
  const even = fraction
  let before = 0
  let mass = 1
  let node = 1
  for (let level = 0; level < CLOCK_DEPTH; level++) {
    const left = 0.5 + UNEVENNESS * (2 * uniform(clockKey, node) - 1)
    fraction *= 2
    if (fraction < 1) {
      mass *= left
      node *= 2
    } else {
      before += mass * left
      mass *= 1 - left
      fraction -= 1
      node = node * 2 + 1
    }
  }
  return (span + EVEN_SHARE * even + (1 - EVEN_SHARE) * (before + mass * fraction)) * SPAN_MS
}

/** Brownian motion at a trading time, of deviation 1 after 1 ms; at the joints of spans it is `joint` times a normal draw. */
function motion(key: number, tradingMs: number, joint: number): number {
  const span = Math.floor(tradingMs / SPAN_MS)
  const motionKey = (key ^ Math.imul(span, 0x165667b1)) >>> 0
  let fraction = tradingMs / SPAN_MS - span
  let start = joint * bell(key, span)
  let end = joint * bell(key, span + 1)
  // The middle of a bridge over a length has the deviation of half the root of the length.
  let deviation = Math.sqrt(SPAN_MS) / 2
  let node = 1
  for (let level = 0; level < MOTION_DEPTH; level++) {
    const middle = (start + end) / 2 + deviation * bell(motionKey, node)
    deviation *= Math.SQRT1_2
    fraction *= 2
    if (fraction < 1) {
      end = middle
      node *= 2
    } else {
      start = middle
      fraction -= 1
      node = node * 2 + 1
    }
  }
  return start
}

export interface PricePath {
  /** The logarithm of the price over its centre at a time in ms. */
  logPrice(time: number): number
  /** How fast trading time runs around a time: 1 on average over days, some tenths in calm, tens in a burst. */
  activity(time: number): number
}

/** Milliseconds over which `activity` looks. */
const ACTIVITY_WINDOW_MS = 1_000

/**
 * @param volatility deviation of the logarithm of the price after one second, over days of bursts and calm
 * @param correlation share of the motion that all paths of the same seed have in common, from 0 to 1
 */
export function createPricePath(
  seed: number,
  name: string,
  volatility: number,
  correlation: number,
): PricePath {
  const own = keyOf(`${seed}/path/${name}`)
  const common = keyOf(`${seed}/path of all`)
  const scale = volatility / Math.sqrt(1_000)
  const commonScale = scale * correlation
  const ownScale = scale * Math.sqrt(1 - correlation ** 2)
  const joint = JOINT_DEVIATION / scale
  const commonClock = (time: number) => tradingTime(common, time)
  const ownClock = (time: number) => tradingTime(own, time)
  const rate = (clock: (time: number) => number, time: number) =>
    (clock(time) - clock(time - ACTIVITY_WINDOW_MS)) / ACTIVITY_WINDOW_MS
  return {
    logPrice: (time) =>
      commonScale * motion(common, commonClock(time), joint) + ownScale * motion(own, ownClock(time), joint),
    activity: (time) =>
      correlation ** 2 * rate(commonClock, time) + (1 - correlation ** 2) * rate(ownClock, time),
  }
}
