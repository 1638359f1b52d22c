import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import type { Supervised } from '../../scripts/supervisor.ts'
import { Supervisor } from '../../scripts/supervisor.ts'

const children: ChildProcess[] = []

/** Real processes that run this piece of JavaScript; `started` hands out each as it comes. */
function processes(script: string) {
  const waiting: ((child: ChildProcess) => void)[] = []
  const unclaimed: ChildProcess[] = []
  return {
    start: () => {
      const child = spawn(process.execPath, ['-e', script], {
        detached: true,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      children.push(child)
      const take = waiting.shift()
      if (take === undefined) unclaimed.push(child)
      else take(child)
      return child
    },
    started: () =>
      new Promise<ChildProcess>((resolve) => {
        const child = unclaimed.shift()
        if (child === undefined) waiting.push(resolve)
        else resolve(child)
      }),
  }
}

const settings: Omit<Supervised, 'start' | 'ended'> = {
  firstDelay: 1,
  longestDelay: 4,
  runsWellAfter: 60_000,
  attempts: 4,
  grace: 60_000,
}
const forEver = 'setInterval(() => {}, 1000); console.log("ready")'

async function output(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the child has no output')
  const [chunk] = await once(child.stdout, 'data')
  return String(chunk).trim()
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

it('starts a process again that was killed, and tells how it ended', async () => {
  const run = processes(forEver)
  const ends: string[] = []
  const supervisor = new Supervisor({ ...settings, start: run.start, ended: (how) => void ends.push(how) })
  supervisor.start()
  const first = await run.started()
  await output(first)
  first.kill('SIGKILL')
  const second = await run.started()
  expect(await output(second)).toBe('ready')
  expect(ends).toEqual(['SIGKILL'])
  await supervisor.stop()
})

it('waits longer each time, up to a bound, and then gives up', async () => {
  const nexts: unknown[] = []
  const givenUp = new Promise<void>((resolve) => {
    const supervisor = new Supervisor({
      ...settings,
      attempts: 5,
      start: processes('process.exit(3)').start,
      ended: (how, next) => {
        nexts.push([how, next])
        if (next === 'given up') resolve()
      },
    })
    supervisor.start()
  })
  await givenUp
  expect(nexts).toEqual([
    ['exit code 3', { restartIn: 1 }],
    ['exit code 3', { restartIn: 2 }],
    ['exit code 3', { restartIn: 4 }],
    ['exit code 3', { restartIn: 4 }],
    ['exit code 3', 'given up'],
  ])
  expect(children).toHaveLength(5)
})

it('begins its count anew after a process that ran well', async () => {
  const nexts: unknown[] = []
  const run = processes('process.exit(3)')
  const enough = new Promise<void>((resolve) => {
    const supervisor = new Supervisor({
      ...settings,
      runsWellAfter: 0,
      attempts: 2,
      start: run.start,
      ended: (_, next) => {
        nexts.push(next)
        if (nexts.length === 4) void supervisor.stop().then(resolve)
      },
    })
    supervisor.start()
  })
  await enough
  expect(nexts).toEqual(Array(4).fill({ restartIn: 1 }))
})

it('leaves nothing behind of a process that ends while one it started runs on', async () => {
  const parent = `const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(forEver)}], { stdio: 'inherit' });
    setInterval(() => {}, 1000)`
  const run = processes(parent)
  const supervisor = new Supervisor({ ...settings, start: run.start, ended: () => undefined })
  supervisor.start()
  const first = await run.started()
  await output(first)
  // The pipe is held by the grandchild too, so it closes when both have gone.
  const closed = once(first, 'close')
  first.kill('SIGKILL')
  await closed
  await run.started()
  await supervisor.stop()
})

it('kills a process that does not end when it is told to', async () => {
  const run = processes(`process.on('SIGTERM', () => {}); ${forEver}`)
  const supervisor = new Supervisor({ ...settings, grace: 1, start: run.start, ended: () => undefined })
  supervisor.start()
  const child = await run.started()
  await output(child)
  await supervisor.stop()
  expect(child.signalCode).toBe('SIGKILL')
})

it('does not start again what it was told to stop', async () => {
  const run = processes(forEver)
  const ends: string[] = []
  const supervisor = new Supervisor({ ...settings, start: run.start, ended: (how) => void ends.push(how) })
  supervisor.start()
  await output(await run.started())
  await supervisor.stop()
  expect(ends).toEqual([])
  expect(children).toHaveLength(1)
})

it('reports a program that cannot be run like one that ends', async () => {
  const how = await new Promise<string>((resolve) => {
    const supervisor = new Supervisor({
      ...settings,
      attempts: 1,
      start: () => spawn('/no/such/program', { detached: true }),
      ended: resolve,
    })
    supervisor.start()
  })
  expect(how).toContain('/no/such/program')
})
