import { execFileSync } from 'node:child_process'
import type { Browser } from 'playwright-core'
import { chromium } from 'playwright-core'

/**
 * The Chromium of this system, or null where there is none. Playwright's own download is not used: a test that needs a
 * browser says so in its name and is skipped by name, `test.skipIf(chromiumPath() === null)('… (needs Chromium)', …)`.
 */
export function chromiumPath(): string | null {
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
  const found = process.env.CHROMIUM_PATH ?? names.map(commandPath).find((path) => path !== null)
  return found ?? null
}

function commandPath(name: string): string | null {
  try {
    return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim()
  } catch {
    // Not on the PATH, which is an answer.
    return null
  }
}

export async function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath()
  if (executablePath === null)
    throw new Error('There is no Chromium: apt-get install chromium, or set CHROMIUM_PATH.')
  return chromium.launch({
    executablePath,
    args: [
      // In a container there is neither a user to sandbox from nor a graphics card.
      ...['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
      // Nothing leaves the machine.
      ...[
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
      ],
    ],
  })
}
