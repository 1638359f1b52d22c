import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Slab } from '../../../worker/market/engine/slab.ts'
import { SlotTable } from '../../../worker/market/engine/slotTable.ts'
import { TickSet } from '../../../worker/market/engine/tickSet.ts'

/** Ranges with one, two, four and six levels of summaries, whole and broken words. */
const maxTicks = fc.constantFrom(1, 40, 1023, 1024, 50_000, 1 << 20, 100_000_000, 0x3fffffff)

test('the set of prices answers as a sorted array does', () => {
  const moves = fc.array(fc.tuple(fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true })), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(maxTicks, moves, fc.double({ min: 0, max: 1, noNaN: true }), (max, toggles, asked) => {
      const set = new TickSet(max)
      const naive = new Set<number>()
      const ticks = (part: number) => 1 + Math.floor(part * (max - 1))
      for (const [near, part] of toggles) {
        const at = near ? Math.max(1, max - ticks(part * 0.0001)) : ticks(part)
        if (naive.delete(at)) set.remove(at)
        else {
          naive.add(at)
          set.add(at)
        }
      }
      const sorted = [...naive].sort((a, b) => a - b)
      for (const from of [0, 1, max, ticks(asked), ...sorted]) {
        expect(set.has(from)).toBe(naive.has(from))
        expect(set.above(from)).toBe(sorted.find((tick) => tick > from) ?? -1)
        expect(set.below(from)).toBe(sorted.findLast((tick) => tick < from) ?? -1)
      }
      expect(set.pagesInUse).toBe(new Set(sorted.map((tick) => Math.floor(tick / 1024))).size)
    }),
    { numRuns: 200 },
  )
})

/** Keys that share their low 32 bits share a home cell, so every chain is long: the worst the table can be given. */
test('the table finds exactly what is in it, however the keys collide', () => {
  const key = fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 40 }))
    .map(([low, high]) => low + high * 2 ** 32)
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300, size: 'max' }), (toggles) => {
      const slab = new Slab(4)
      const table = new SlotTable(slab)
      const naive = new Map<number, number>()
      for (const key of toggles) {
        const held = naive.get(key)
        expect(table.find(key)).toBe(held ?? -1)
        if (held !== undefined) {
          table.remove(key, held)
          slab.give(held)
          naive.delete(key)
        } else {
          const slot = slab.take()
          slab.floats[slot * 4] = key
          table.add(key, slot)
          naive.set(key, slot)
        }
      }
      for (const [key, slot] of naive) expect(table.find(key)).toBe(slot)
      expect(table.size).toBe(naive.size)
      expect(slab.count + slab.unused()).toBe(slab.size)
    }),
  )
})
