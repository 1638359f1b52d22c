import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { root } from '../../scripts/prepare.ts'

/** Builds the Worker of a wrangler configuration into a folder, as `wrangler deploy` does. */
export async function build(config: string, built: string): Promise<void> {
  const wrangler = path.join(root, 'node_modules/wrangler/wrangler-dist/cli.js')
  const child = spawn(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', built, '-c', config], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CI: '1', NO_COLOR: '1' },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += String(chunk)))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`The Worker could not be built.\n${said}`)
}
