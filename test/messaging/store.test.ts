import { describe, expect, it } from 'vitest'
import { Crash, Disk } from '../support/sqliteStore.ts'
import { storeContract } from './storeContract.ts'

describe('the store on node:sqlite', () => {
  let disk = new Disk()
  storeContract(
    async (work) => {
      work(disk.open())
    },
    () => {
      disk = new Disk()
    },
  )
})

describe('its crash dial', () => {
  const write = (disk: Disk, crashStep: number) => {
    const store = disk.open()
    store.crashAt(crashStep)
    const work = () =>
      store.transaction(() => {
        store.run(`INSERT INTO t VALUES ('a', 1)`)
        store.run(`INSERT INTO t VALUES ('b', 2)`)
      })
    return { store, work }
  }
  const fresh = () => {
    const disk = new Disk()
    disk.open().run('CREATE TABLE t (name TEXT, n INTEGER)')
    return disk
  }

  it.each([1, 2, 3])('at step %i, before the commit, leaves nothing', (step) => {
    const disk = fresh()
    expect(write(disk, step).work).toThrow(Crash)
    expect(disk.rows('t')).toEqual([])
  })

  it('after the commit leaves everything, though the caller learns nothing', () => {
    const disk = fresh()
    expect(write(disk, 4).work).toThrow(Crash)
    expect(disk.rows('t')).toHaveLength(2)
  })

  it('kills the handle: what the dead object still tries reaches no row', () => {
    const disk = fresh()
    const { store, work } = write(disk, 1)
    expect(work).toThrow(Crash)
    expect(() => store.run(`INSERT INTO t VALUES ('late', 3)`)).toThrow(Crash)
    expect(() => store.all('SELECT * FROM t')).toThrow(Crash)
    expect(disk.open().all('SELECT * FROM t')).toEqual([])
  })

  it('a failure undoes the transaction and lets the next one through', () => {
    const disk = fresh()
    const store = disk.open()
    store.failAt(1)
    expect(() => store.transaction(() => store.run(`INSERT INTO t VALUES ('a', 1)`))).toThrow('full')
    store.transaction(() => store.run(`INSERT INTO t VALUES ('b', 2)`))
    expect(disk.rows('t')).toEqual([{ name: 'b', n: 2 }])
  })
})
