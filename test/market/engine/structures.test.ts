import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdTable } from '../../../worker/market/engine/idTable.ts'
import { NONE, Slab } from '../../../worker/market/engine/slab.ts'
import { TickMap } from '../../../worker/market/engine/tickMap.ts'

/** Ranges with one, two, four and six levels of summaries, whole and broken words. */
const maxTicks = fc.constantFrom(1, 40, 1023, 1024, 50_000, 1 << 20, 100_000_000, 0x3fffffff)

test('the map of prices answers as a sorted array does', () => {
  const moves = fc.array(fc.tuple(fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true })), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(maxTicks, moves, fc.double({ min: 0, max: 1, noNaN: true }), (max, toggles, asked) => {
      const map = new TickMap(max)
      const naive = new Map<number, number>()
      let value = 0
      const ticks = (part: number) => 1 + Math.floor(part * (max - 1))
      for (const [near, part] of toggles) {
        const at = near ? Math.max(1, max - ticks(part * 0.0001)) : ticks(part)
        if (naive.delete(at)) map.remove(at)
        else {
          naive.set(at, ++value)
          map.add(at, value)
        }
      }
      const sorted = [...naive.keys()].sort((a, b) => a - b)
      for (const from of [0, 1, max, ticks(asked), ...sorted]) {
        expect(map.get(from)).toBe(naive.get(from) ?? 0)
        expect(map.above(from)).toBe(sorted.find((tick) => tick > from) ?? NONE)
      }
      const rows = (ticks: number) => new Set(sorted.map((tick) => Math.floor(tick / ticks))).size
      expect(map.rowsInUse).toEqual({ pages: rows(1024), blocks: rows(32) })
    }),
    { numRuns: 200 },
  )
})

/** Ids that share their low 32 bits share a chain: the worst the table can be given. */
test('the table finds exactly what is in it, however the ids collide', () => {
  const anId = fc
    .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 3 }))
    .map(([low, high]) => low + high * 2 ** 32)
  fc.assert(
    fc.property(fc.array(anId, { maxLength: 300, size: 'max' }), (toggles) => {
      const slab = new Slab(4)
      const table = new IdTable(slab)
      const naive = new Map<number, number>()
      for (const id of toggles) {
        const held = naive.get(id)
        expect(table.find(id)).toBe(held ?? NONE)
        if (held !== undefined) {
          table.remove(id, held)
          slab.give(held)
          naive.delete(id)
        } else {
          const slot = slab.take()
          slab.floats[slot * 4] = id
          table.add(id, slot)
          naive.set(id, slot)
        }
      }
      for (const [id, slot] of naive) expect(table.find(id)).toBe(slot)
      expect(table.count).toBe(naive.size)
      expect(slab.count).toBe(naive.size)
      expect(slab.addsUp()).toBe(true)
    }),
  )
})
