/**
 * How long a candle of each interval is, in seconds. Each divides a day, so that days begin at midnight UTC. Without schemas,
 * so that a page has it without loading them.
 */
export const INTERVAL_SECONDS = {
  '1s': 1,
  '1m': 60,
  '5m': 300,
  '15m': 900,
  '1h': 3_600,
  '4h': 14_400,
  '1d': 86_400,
} as const
