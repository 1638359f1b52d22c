/**
 * Randomness as a function: the same key always draws the same number, so what is drawn for a time can be drawn again
 * by whoever wakes later. No state, no sequence.
 */

/** A 32-bit key of a text (FNV-1a). */
export function keyOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

/** 32 well-mixed bits of a key and an index (the `lowbias32` finaliser of C. Wellons' hash-prospector, over both). */
export function bits(key: number, index: number): number {
  let x = (key ^ Math.imul(index | 0, 0x9e3779b1)) | 0
  // Indices past 32 bits (a time in ms) differ in their upper half only now and then; it must count too.
  x ^= Math.imul(Math.floor(index / 0x1_0000_0000), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  x = x ^ (x >>> 16)
  x = Math.imul(x + 0x6c078965, 0x7feb352d)
  return (x ^ (x >>> 15)) >>> 0
}

/** Uniform in (0, 1). */
export const uniform = (key: number, index: number): number => (bits(key, index) + 0.5) / 0x1_0000_0000

/** The sum of four uniform bytes has this deviation: 2 * sqrt((256^2 - 1) / 12). */
const BYTES_DEVIATION = 147.8

/** About normal with mean 0 and deviation 1, within 3.5: the sum of the four bytes of one draw. For sums of many. */
export function bell(key: number, index: number): number {
  const x = bits(key, index)
  return ((x & 255) + ((x >>> 8) & 255) + ((x >>> 16) & 255) + (x >>> 24) - 510) / BYTES_DEVIATION
}

/** Normal with mean 0 and deviation 1, tails included (Box and Muller). */
export const normal = (key: number, index: number): number =>
  Math.sqrt(-2 * Math.log(uniform(key, index))) * Math.cos(2 * Math.PI * uniform(key ^ 0x5bd1e995, index))
