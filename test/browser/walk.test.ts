import { mkdirSync } from 'node:fs'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import { sharedData } from '../support/sharedData.ts'
import { chromiumPath, launchChromium } from './support/chromium.ts'
import { startVenue, type Venue } from './support/venue.ts'

const recordings = ['btcusdt', 'ethusdt'].map((pair) =>
  sharedData(`book/binance-spot-${pair}-20240808.jsonl.gz`),
)

interface Feed {
  readonly feed: string
  readonly options: readonly string[]
  readonly missing: boolean
}
const FEEDS: readonly Feed[] = [
  { feed: 'the simulated feed (needs Chromium)', options: [], missing: false },
  {
    feed: 'a recording of a real exchange (needs Chromium and ../shared/data)',
    options: ['--feed', 'recorded', ...recordings.flatMap((file) => ['--recording', file ?? ''])],
    missing: recordings.includes(null),
  },
]

/** What a newcomer sees: from a live market list to a copied fill, by hand. The steps build on each other. */
describe.each(FEEDS)('a newcomer in a browser, on $feed', ({ options, missing }) => {
  const skipped = missing || chromiumPath() === null
  let venue: Venue
  let browser: Browser
  let page: Page
  const faults: string[] = []

  beforeAll(async () => {
    if (skipped) return
    venue = await startVenue(options)
    browser = await launchChromium()
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    page.setDefaultTimeout(60_000)
    page.on('pageerror', (fault) => faults.push(fault.message))
  })

  afterAll(async () => {
    if (skipped) return
    await browser.close()
    await venue.stop()
  })

  it.skipIf(skipped)('sees six markets move', async () => {
    keepPicture('markets')
    await page.goto(venue.address)
    for (const market of ['BTC/USDT', 'ETH/USDT', 'SOL/USDT', 'XRP/USDT', 'BNB/USDT', 'LTC/USDT'])
      await page.getByRole('row', { name: market }).waitFor()
    await changes(page.getByRole('row', { name: 'BTC/USDT' }))
  })

  it.skipIf(skipped)('opens a market and sees its book, its tape and its chart live', async () => {
    keepPicture('market')
    await page.goto(`${venue.address}/trade/BTC-USDT`)
    await page.getByText('Live', { exact: true }).first().waitFor()
    await changes(page.getByRole('region', { name: 'Order book' }))
    await changes(page.getByRole('region', { name: 'Trades' }))
    await page.locator('canvas').first().waitFor()
  })

  it.skipIf(skipped)('signs up and is granted demo money', async () => {
    keepPicture('sign-up')
    await page.goto(`${venue.address}/sign-up?next=/trade/BTC-USDT`)
    await page.getByRole('textbox', { name: 'Name' }).fill('Grace Hopper')
    await page.getByRole('textbox', { name: 'Email' }).fill(`grace${Date.now()}@example.com`)
    await page.getByLabel('Password').fill('correct horse battery')
    await page.getByRole('button', { name: 'Open the account' }).click()
    await page.waitForURL('**/trade/BTC-USDT')
    await page.getByText('10,000.00 USDT').first().waitFor()
  })

  it.skipIf(skipped)('rests a limit order, sees the funds held, and cancels it', async () => {
    keepPicture('limit')
    await page.getByText('Live', { exact: true }).first().waitFor()
    await page.getByRole('textbox', { name: 'Price' }).fill('50000')
    await page.getByRole('textbox', { name: 'Amount' }).fill('0.01')
    await page.getByRole('button', { name: 'Buy 0.01 BTC at 50,000.00' }).click()
    const resting = page.getByRole('row', { name: '50,000' })
    await resting.waitFor()
    await page.getByText('9,500.00 USDT').first().waitFor()
    await resting.getByRole('button', { name: 'Cancel' }).click()
    await resting.waitFor({ state: 'detached' })
    await page.getByText('10,000.00 USDT').first().waitFor()
  })

  it.skipIf(skipped)('fills a market order and sees the balances move without a reload', async () => {
    keepPicture('market-order')
    await page.getByRole('radio', { name: 'Market', exact: true }).click()
    await page.getByRole('textbox', { name: 'Amount' }).fill('0.01')
    await page.getByRole('button', { name: 'Buy 0.01 BTC at market' }).click()
    await page.getByRole('tab', { name: 'Balances' }).click()
    // 0.01 less the fee of a thousandth.
    await page.getByRole('row', { name: '0.00999' }).waitFor()
    await page.getByRole('tab', { name: 'Fills' }).click()
    await page.getByRole('row', { name: 'Buy' }).first().waitFor()
  })

  it.skipIf(skipped)(
    'follows a trader from the leaderboard and sees the next fill copied, with its story',
    async () => {
      keepPicture('follow')
      await page.goto(`${venue.address}/traders`)
      await page.getByRole('link', { name: 'Slow Tide' }).first().click()
      await page.getByText('simulated').first().waitFor()
      await page.getByRole('textbox', { name: 'Allocated funds' }).fill('2000')
      await page.getByRole('textbox', { name: 'Maximum per order' }).fill('500')
      await page.getByRole('button', { name: 'Follow with 2,000.00 USDT' }).click()
      await page.waitForURL('**/copies/*')
      const copy = page.locator('summary').filter({ hasText: 'Copied' }).first()
      await copy.waitFor({ timeout: 110_000 })
      await copy.click()
      for (const part of ['Target', 'Block', 'Allocated', 'Against the leader'])
        await page.getByRole('heading', { name: part }).first().waitFor()
    },
  )

  it.skipIf(skipped)('is told in the inbox', async () => {
    keepPicture('inbox')
    const follow = page.url()
    await page.goto(`${venue.address}/inbox`)
    await page.getByText('Copied Slow Tide').first().waitFor()
    await page.goto(follow)
  })

  it.skipIf(skipped)('pauses, resumes and unfollows, and the funds come back', async () => {
    keepPicture('unfollow')
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await page.getByRole('button', { name: 'Unfollow' }).click()
    await page.getByRole('button', { name: 'Sell and stop' }).click()
    await page.getByText('Ended', { exact: true }).first().waitFor()
    await page.goto(`${venue.address}/account`)
    // What came back is the allocation less fees and spread: 0.01 BTC cost less than 1,000, so 9,000 are left or more.
    await page
      .getByText(/9,[0-9]{3}\.\d+/)
      .first()
      .waitFor()
  })

  it.skipIf(skipped)('has caused no error on any page', () => {
    expect(faults).toEqual([])
  })

  /** Waits until what an element says is something else. */
  async function changes(element: Locator): Promise<void> {
    const before = await element.textContent()
    await expect.poll(() => element.textContent(), { timeout: 60_000 }).not.toBe(before)
  }

  function keepPicture(name: string): void {
    onTestFailed(async () => {
      mkdirSync('.local/pictures', { recursive: true })
      await page.screenshot({ path: `.local/pictures/${name}.png`, fullPage: true })
    })
  }
})
