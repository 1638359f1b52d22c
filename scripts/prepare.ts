import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Advice, contentHash, devVars, localConfig, oncePerContent } from './local.ts'
import { killGroup } from './supervisor.ts'

export const root = path.resolve(import.meta.dirname, '..')

const nodeModules = path.join(root, 'node_modules')
/** wrangler itself, not npx: ending npx leaves workerd serving. */
const wrangler = path.join(nodeModules, 'wrangler', 'wrangler-dist', 'cli.js')
const pagesWorker = path.join(root, 'web', '.svelte-kit', 'cloudflare', '_worker.js')

/** For everything that is started here: the project's Node first, nothing interactive, nothing sent anywhere. */
const childEnv = {
  ...process.env,
  PATH: `${path.join(nodeModules, '.bin')}${path.delimiter}${process.env.PATH ?? ''}`,
  CI: '1',
  NO_COLOR: '1',
  FORCE_COLOR: '0',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_WRITE_LOGS: 'false',
  // A recorder of every sql.exec, on by default, that makes inserts ten times slower.
  X_LOCAL_OBSERVABILITY: 'false',
  X_LOCAL_EXPLORER: 'false',
}

/** The folder that one start keeps everything in; two starts need two of them, since one process owns the state. */
export interface Place {
  readonly folder: string
  readonly log: string
  /** Who is running on it. */
  readonly running: string
}

export function placeAt(folder: string): Place {
  mkdirSync(folder, { recursive: true })
  return { folder, log: path.join(folder, 'server.log'), running: path.join(folder, 'running.json') }
}

/** Runs a command; shows its output only where it fails. */
async function run(doing: string, command: string, args: readonly string[]): Promise<void> {
  const startedAt = performance.now()
  console.log(`${doing} ...`)
  const child = spawn(command, args, {
    cwd: root,
    env: childEnv,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
  const heartbeat = setInterval(() => console.log(`  still at it after ${seconds()}`), 15_000)
  const abandon = () => killGroup(child)
  process.once('exit', abandon)
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (status, signal) => resolve(status ?? signal ?? 'unknown'))
  })
  process.removeListener('exit', abandon)
  clearInterval(heartbeat)
  // A build with prerendered pages leaves a workerd behind.
  killGroup(child)
  if (code !== 0) {
    throw new Advice(`${Buffer.concat(output).toString('utf8')}\n${doing}: failed (${code}), see above.`)
  }
  console.log(`${doing}: ${seconds()}`)
}

/**
 * Makes what is missing: secrets, the API Worker's configuration for this place, the database, the pages.
 * `vars` are the variables of the Worker that this start sets.
 */
export async function prepare(place: Place, vars: Readonly<Record<string, string>>): Promise<void> {
  const secretsFile = path.join(root, '.dev.vars')
  const existing = existsSync(secretsFile) ? readFileSync(secretsFile, 'utf8') : ''
  const secrets = devVars(existing, ['BETTER_AUTH_SECRET', 'OPERATOR_TOKEN'], {})
  if (secrets !== existing) writeFileSync(secretsFile, secrets, { mode: 0o600 })
  // wrangler reads .dev.vars beside the configuration: with one of its own, each place has its own variables.
  writeFileSync(path.join(place.folder, '.dev.vars'), devVars(secrets, [], vars), { mode: 0o600 })
  writeFileSync(
    path.join(place.folder, 'wrangler.toml'),
    localConfig(readFileSync(path.join(root, 'wrangler.toml'), 'utf8'), root),
  )

  await oncePerContent(
    path.join(place.folder, 'state', 'migrated'),
    contentHash(root, ['migrations/']),
    async () => {
      const command = [wrangler, 'd1', 'migrations', 'apply', 'DB', '--local', ...stateOptions(place)]
      await run('Preparing the database', process.execPath, command)
    },
  )
  // The stamp speaks of what has been built: where that was deleted, it says nothing.
  const builtStamp = path.join(root, '.local', 'pages')
  if (!existsSync(pagesWorker)) rmSync(builtStamp, { force: true })
  const skipped = ['node_modules', '.svelte-kit', '.wrangler', 'web/wrangler.toml', 'web/static/reference']
  const pages = contentHash(root, ['web/', 'worker/contract/', 'package-lock.json'], skipped)
  await oncePerContent(builtStamp, pages, () =>
    run('Building the pages', 'npm', ['run', '--silent', 'build']),
  )
}

function stateOptions(place: Place): string[] {
  return ['-c', path.join(place.folder, 'wrangler.toml'), '--persist-to', path.join(place.folder, 'state')]
}

/** The development server: pages and API in one workerd, its output handed to `write`. */
export function startServer(place: Place, port: number, write: (chunk: Uint8Array) => void) {
  const child = spawn(
    process.execPath,
    [
      // The pages' configuration has to be the one of the working directory, and comes first.
      ...[wrangler, 'pages', 'dev', '-c', 'wrangler.toml', ...stateOptions(place)],
      ...['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'],
      '--show-interactive-dev-session=false',
    ],
    {
      cwd: path.join(root, 'web'),
      // Workers of another start on this machine have the same names: a registry of its own keeps them apart.
      env: { ...childEnv, WRANGLER_REGISTRY_PATH: path.join(place.folder, 'registry') },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  child.stdout.on('data', write)
  child.stderr.on('data', write)
  return child
}
