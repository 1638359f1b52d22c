import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../../..')

export interface Venue {
  /** http://localhost:PORT */
  readonly address: string
  stop(): Promise<void>
}

/** A free port of the loopback address, for the moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string')
    throw new Error('The loopback address has no free port.')
  return address.port
}

/**
 * Starts everything as `npm start` does, on a free port and a state of its own, and resolves when it says where it is.
 * `options` are those of `npm start`, for instance `['--feed', 'recorded', '--recording', file]`. With VENUE_ADDRESS set
 * the venue that runs there is used and left running: for working on the tests.
 */
export async function startVenue(options: readonly string[] = []): Promise<Venue> {
  const running = process.env.VENUE_ADDRESS
  if (running !== undefined) return { address: running, stop: () => Promise.resolve() }
  const state = mkdtempSync(path.join(os.tmpdir(), 'venue-'))
  const port = await freePort()
  const args = [path.join(root, 'scripts', 'start.mjs'), '--port', String(port), '--state', state, ...options]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let said = ''
  const address = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
      const opened = /Open (http:\S+)/.exec(said)?.[1]
      if (opened !== undefined) resolve(opened)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('error', reject)
    void exited.then(() => reject(new Error(`npm start ended before it was ready:\n${said}`)))
  })
  return {
    address,
    stop: async () => {
      child.kill('SIGTERM')
      await exited
      rmSync(state, { recursive: true, force: true })
    },
  }
}
