// The first thing that runs on a fresh clone: plain JavaScript without dependencies, on whatever Node the system has.
// It installs what is missing and hands over to start.ts on the project's own Node.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..')
const projectNode = path.join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)

function stop(message) {
  console.error(message)
  process.exit(1)
}

/** Whether node_modules holds exactly what package-lock.json asks for. Packages for other platforms may be absent. */
function isInstalled() {
  const installedFile = path.join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installedFile) || !existsSync(projectNode)) return false
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages
  return Object.entries(wanted).every(([place, { version, optional, peer }]) => {
    if (place === '') return true
    const found = installed[place]
    return found === undefined ? optional === true || peer === true : found.version === version
  })
}

function install() {
  console.log('Installing packages (about 650 MB, a minute or two the first time) ...')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (result.error)
    stop(`npm could not be run (${result.error.message}). It comes with Node: install both anew.`)
  if (result.status !== 0) {
    stop(
      [
        'The packages could not be installed; npm says why above.',
        'The package registry has to be reachable and the disk needs 1 GB free. Then run npm start again.',
      ].join('\n'),
    )
  }
  if (!existsSync(projectNode)) {
    stop(
      'npm did not run the install script of the package "node". Run: npm rebuild node, then npm start again.',
    )
  }
}

const major = Number(process.versions.node.split('.')[0])
if (major < 20) stop(`Node 20 or newer is needed, this is ${process.version}. Install it from nodejs.org.`)
if (!isInstalled()) install()

// A channel to the child: it stops by itself should this process be killed without a chance to pass that on.
const child = spawn(projectNode, [path.join(root, 'scripts', 'start.ts'), ...process.argv.slice(2)], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
})
// Ctrl-C reaches the child from the terminal too; a second signal only repeats the first.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) =>
  stop(`The project's Node could not be run: ${error.message}. Run: npm ci, then npm start.`),
)
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 0)))
