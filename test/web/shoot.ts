// Looks at the pages: screenshots at three widths in both themes, and axe's findings. Run with the address of a running
// app: `node test/web/shoot.ts http://127.0.0.1:8920 /tmp/shots [page…]`. A tool for people, not a test.
import { execFileSync } from 'node:child_process'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Page } from 'playwright-core'

const [origin = 'http://127.0.0.1:8920', folder = '.', ...only] = process.argv.slice(2)
const id = (n: number) => `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
const pages: Record<string, { path: string; signedIn?: boolean }> = {
  markets: { path: '/' },
  trade: { path: '/trade/BTC-USDT', signedIn: true },
  'trade-out': { path: '/trade/ETH-USDT' },
  'trade-halted': { path: '/trade/LTC-USDT', signedIn: true },
  traders: { path: '/traders' },
  trader: { path: `/traders/${id(102)}`, signedIn: true },
  copies: { path: '/copies', signedIn: true },
  follow: { path: `/copies/${id(4000)}?copy=${id(5000)}`, signedIn: true },
  inbox: { path: '/inbox', signedIn: true },
  account: { path: '/account', signedIn: true },
  'sign-up': { path: '/sign-up' },
  'copies-out': { path: '/copies' },
  missing: { path: '/nothing/here' },
  states: { path: '/states' },
}
const widths = { 375: 812, 768: 1024, 1440: 900 }
const executablePath = execFileSync('sh', ['-c', 'command -v chromium']).toString().trim()
async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(({ id: rule, nodes }) => {
    const [node] = nodes
    return `${rule} x${nodes.length}: ${node?.html.slice(0, 160)} ${node?.any[0]?.message ?? ''}`
  })
}
const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
  ],
})
for (const [name, { path, signedIn }] of Object.entries(pages)) {
  if (only.length > 0 && !only.includes(name)) continue
  for (const theme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ colorScheme: theme, reducedMotion: 'reduce' })
    if (signedIn === true)
      await context.addCookies([{ name: 'cryptoorchestrator.session_token', value: '1', url: origin }])
    const page = await context.newPage()
    page.setDefaultTimeout(120_000)
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        console.log(`${name}: ${message.text()}`)
    })
    page.on('pageerror', (error) => console.log(`${name}: ${error.stack ?? error.message}`))
    await page.goto(origin + path, { waitUntil: 'load' })
    let first = true
    for (const [width, height] of Object.entries(widths)) {
      await page.setViewportSize({ width: Number(width), height })
      await page.waitForTimeout(first ? 2_500 : 700)
      first = false
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (wider > 0) console.log(`${name} ${width} ${theme}: ${wider} px wider than the window`)
      await page.screenshot({ path: `${folder}/${name}-${width}-${theme}.png`, fullPage: name !== 'trade' })
      if (Number(width) !== 768)
        for (const line of await faults(page)) console.log(`${name} ${width} ${theme}: ${line}`)
    }
    await context.close()
  }
}
await browser.close()
