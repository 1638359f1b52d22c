import type { BookLevel } from './markets.ts'

/** Levels of each side that a checksum covers. */
export const CHECKSUM_LEVELS = 25

/**
 * CRC-32 of the best levels of a book, best first, as their strings are on the wire:
 * `bidPrice:bidQuantity:askPrice:askQuantity:…` level by level, a side that has run out being left out. It is OKX's rule
 * (docs-v5, "Checksum"), but unsigned. Two that have the same book have the same checksum; another one says that an
 * update was lost or misapplied where the sequence did not tell.
 */
export function bookChecksum(bids: readonly BookLevel[], asks: readonly BookLevel[]): number {
  const words: string[] = []
  for (let level = 0; level < CHECKSUM_LEVELS; level++)
    for (const side of [bids, asks]) {
      const found = side[level]
      if (found !== undefined) words.push(found[0], found[1])
    }
  return crc32(words.join(':'))
}

/** CRC-32 as in zlib, gzip and PNG (reflected polynomial 0xEDB88320), unsigned. `text` is ASCII. */
export function crc32(text: string): number {
  let crc = 0xffff_ffff
  for (let index = 0; index < text.length; index++)
    crc = (crc >>> 8) ^ (TABLE[(crc ^ text.charCodeAt(index)) & 0xff] ?? 0)
  return (crc ^ 0xffff_ffff) >>> 0
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1
  return crc
})
