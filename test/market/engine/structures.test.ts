import fc from 'fast-check'
import { expect, test } from 'vitest'
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

/** Ids that share their low 32 bits share a bucket: the worst that can be asked of it. */
test('an id leads to its order and to no other, however the ids collide and the orders move', () => {
  const anId = fc
    .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 30 }))
    .map(([low, high]) => low + high * 2 ** 32)
  fc.assert(
    fc.property(fc.array(anId, { maxLength: 300, size: 'max' }), fc.boolean(), (toggles, withLevels) => {
      const slab = new Slab(2, 1)
      const naive = new Map<number, number>()
      let levels = 0
      for (const [at, id] of toggles.entries()) {
        slab.makeRoom()
        expect(slab.find(id) === NONE).toBe(!naive.has(id))
        if (naive.delete(id)) slab.giveOrder(slab.find(id))
        else {
          slab.setLots(slab.takeOrder(id), at)
          naive.set(id, at)
        }
        if (!withLevels) continue
        if (at % 3 === 0) expect(slab.takeLevel()).toBe(++levels)
        else if (at % 7 === 0) slab.giveLevel(levels--)
      }
      for (const [id, at] of naive) {
        expect(slab.id(slab.find(id))).toBe(id)
        expect(slab.lots(slab.find(id))).toBe(at)
      }
      expect(slab.orderCount).toBe(naive.size)
      expect(slab.levelCount).toBe(levels)
      expect(slab.addsUp()).toBe(true)
    }),
  )
})
