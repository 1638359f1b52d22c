import { mkdirSync } from 'node:fs'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import { chromiumPath, launchChromium } from './support/chromium.ts'
import { startVenue, type Venue } from './support/venue.ts'

const skipped = chromiumPath() === null

/** A price as it is typed, at a share of the last price of the market. */
type Price = (share: number) => string
interface Typed {
  readonly type: 'Limit' | 'Market' | 'Stop' | 'Take profit' | 'Trailing stop' | 'One cancels the other'
  readonly side: 'Buy' | 'Sell'
  readonly amount: string
  readonly fields?: (at: Price) => Record<string, string>
  readonly limited?: true
  /** Opened and chosen under "Advanced". */
  readonly advanced?: { readonly timeInForce?: string; readonly postOnly?: true }
}

/** Every type that waits or rests; amounts differ, so that each is told from the others by its name. */
const STANDING: readonly (Typed & { readonly shown: readonly RegExp[] })[] = [
  {
    ...{ type: 'Limit', side: 'Buy', amount: '0.001' },
    fields: (at) => ({ Price: at(0.8), 'Show at once (iceberg)': '0.0005' }),
    advanced: { postOnly: true },
    shown: [/^Limit to buy 0\.001 BTC at/],
  },
  {
    ...{ type: 'Stop', side: 'Sell', amount: '0.0011' },
    fields: (at) => ({ 'Trigger price': at(0.8) }),
    shown: [/^Stop to sell 0\.0011 BTC$/],
  },
  {
    ...{ type: 'Stop', side: 'Buy', amount: '0.0012', limited: true },
    fields: (at) => ({ 'Trigger price': at(1.2), Price: at(1.21) }),
    shown: [/^Stop limit to buy 0\.0012 BTC at/],
  },
  {
    ...{ type: 'Take profit', side: 'Sell', amount: '0.0013' },
    fields: (at) => ({ 'Trigger price': at(1.2) }),
    shown: [/^Take profit to sell 0\.0013 BTC$/],
  },
  {
    ...{ type: 'Take profit', side: 'Sell', amount: '0.0014', limited: true },
    fields: (at) => ({ 'Trigger price': at(1.2), Price: at(1.19) }),
    shown: [/^Take profit limit to sell 0\.0014 BTC at/],
  },
  {
    ...{ type: 'Trailing stop', side: 'Sell', amount: '0.0015' },
    fields: () => ({ 'Falls from its highest by': '20' }),
    shown: [/^Trailing stop to sell 0\.0015 BTC$/],
  },
  {
    ...{ type: 'One cancels the other', side: 'Sell', amount: '0.0016' },
    fields: (at) => ({ 'Take profit': at(1.2), 'Stop loss': at(0.8) }),
    shown: [/^Limit to sell 0\.0016 BTC at/, /^Stop to sell 0\.0016 BTC$/],
  },
]

describe('the ticket and its orders, in a browser (needs Chromium)', () => {
  let venue: Venue
  let browser: Browser
  let page: Page
  let last: number
  const faults: string[] = []
  const at: Price = (share) => (last * share).toFixed(2)

  beforeAll(async () => {
    if (skipped) return
    venue = await startVenue()
    browser = await launchChromium()
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    page.setDefaultTimeout(60_000)
    page.on('pageerror', (fault) => faults.push(fault.message))
    const origin = { headers: { origin: venue.address } }
    const email = `ada${Date.now()}@example.com`
    const data = { name: `Ada ${Date.now()}`, email, password: 'correct horse battery' }
    await page.request.post(`${venue.address}/api/v1/auth/sign-up/email`, { data, ...origin })
    await page.goto(`${venue.address}/trade/BTC-USDT`)
    await page.getByText('Live', { exact: true }).first().waitFor()
    const summary = await page.request.get(`${venue.address}/api/v1/markets/BTC-USDT`)
    last = Number((await summary.json()).ticker.last)
  })

  afterAll(async () => {
    if (skipped) return
    await browser.close()
    await venue.stop()
  })

  const step = (name: string, walk: () => Promise<void>) =>
    it.skipIf(skipped)(name, async () => {
      onTestFailed(async () => {
        mkdirSync('.local/pictures', { recursive: true })
        await page.screenshot({ path: `.local/pictures/${name.replaceAll(/\W+/g, '-')}.png` })
      })
      await walk()
    })

  step('fills a market order and says so', async () => {
    await enter({ type: 'Market', side: 'Buy', amount: '0.03' })
    await page.getByText('Stops at about').waitFor()
    await press()
    await page.getByText('Buy: filled').waitFor()
  })

  for (const typed of STANDING)
    step(`places ${typed.type} ${typed.side} ${typed.amount}`, async () => {
      await enter(typed)
      await press()
      for (const name of typed.shown) await button('Cancel', name).waitFor()
    })

  step('says in its row what an order has', async () => {
    await row(/Buy\s*Limit/, '0.001')
      .getByText('iceberg, shows 0.0005 BTC at a time · post-only')
      .waitFor()
    await row(/Sell\s*Stop/, '0.0011')
      .getByText(/when the price falls to .* away/)
      .waitFor()
    await row(/Trailing stop/, '0.0015')
      .getByText(/now at about .* away/)
      .waitFor()
    await row(/Sell\s*Limit/, '0.0016')
      .getByText('one cancels the other')
      .waitFor()
  })

  step('places the exits of a bracket and shows what they are of', async () => {
    await enter({
      ...{ type: 'Market', side: 'Buy', amount: '0.002' },
      fields: (price) => ({ 'Take profit (optional)': price(1.2), 'Stop loss (optional)': price(0.8) }),
    })
    await press()
    await page.getByText('Exits of: Market to buy 0.002 BTC (filled)').waitFor()
    await row(/Sell\s*Limit/, '0.00199')
      .getByText('takes the profit')
      .waitFor()
    await row(/Sell\s*Stop/, '0.00199')
      .getByText('limits the loss')
      .waitFor()
  })

  step('changes an order in place, and shows a refusal at its field', async () => {
    await button('Change', /^Limit to buy 0\.001 BTC/).click()
    const dialog = page.getByRole('dialog')
    const price = dialog.getByRole('textbox', { name: 'Price' })
    await dialog.getByRole('textbox', { name: 'Amount' }).fill('0.002')
    await price.fill(at(0.15))
    await dialog.getByRole('button', { name: 'Change the order' }).click()
    await dialog.getByText(/^Give a price between/).waitFor()
    expect(await price.getAttribute('aria-invalid')).toBe('true')
    await price.fill(at(0.81))
    await dialog.getByText('It goes to the back of the queue at its price.').waitFor()
    await dialog.getByRole('button', { name: 'Change the order' }).click()
    await dialog.waitFor({ state: 'detached' })
    await button('Cancel', /^Limit to buy 0\.002 BTC/).waitFor()
  })

  step('cancels one order, and its pair says why it went too', async () => {
    await button('Cancel', /^Limit to sell 0\.0016 BTC/).click()
    await button('Cancel', /^Stop to sell 0\.0016 BTC/).waitFor({ state: 'detached' })
    await ended(/Sell\s*Limit/, 'Cancelled', 'You cancelled it.')
    await ended(/Sell\s*Stop/, 'Cancelled', 'The other order of its pair filled, triggered or ended first.')
  })

  step('says in words why an order ended that nobody cancelled', async () => {
    await enter({
      ...{ type: 'Limit', side: 'Buy', amount: '0.0017', fields: (price) => ({ Price: price(0.8) }) },
      advanced: { timeInForce: 'IOC' },
    })
    await press()
    await ended(
      /Buy\s*Limit/,
      'Cancelled',
      'Immediate or cancel: what could not trade at once was cancelled.',
    )
  })

  step('does not double an order whose answer was lost and that was edited', async () => {
    await enter({ type: 'Limit', side: 'Buy', amount: '0.0018', fields: (price) => ({ Price: price(0.8) }) })
    await page.route('**/api/v1/orders', async (route) => {
      await route.fetch()
      await route.abort()
    })
    await press()
    await page.getByText(/No answer came|did arrive/).waitFor()
    await page.unroute('**/api/v1/orders')
    await field('Amount').fill('0.0019')
    await press()
    await page.getByText('What is entered now was not sent').waitFor()
    await tab('Open orders').click()
    await button('Cancel', /^Limit to buy 0\.0018 BTC/).waitFor()
    expect(await button('Cancel', /^Limit to buy 0\.0019 BTC/).count()).toBe(0)
  })

  step('places and cancels an order with the keyboard alone', async () => {
    await page.reload()
    await page.getByText('Live', { exact: true }).first().waitFor()
    await tabTo('textbox', 'Price')
    await page.keyboard.type(at(0.79))
    await tabTo('textbox', 'Amount')
    await page.keyboard.type('0.0021')
    await page.keyboard.press('Enter')
    const cancel = button('Cancel', /^Limit to buy 0\.0021 BTC/)
    await cancel.waitFor()
    await tabTo('button', /^Cancel: Limit to buy 0\.0021/)
    await page.keyboard.press('Enter')
    await cancel.waitFor({ state: 'detached' })
  })

  step('does all of it on a phone, and nothing is wider than the screen', async () => {
    await page.setViewportSize({ width: 375, height: 740 })
    await page.getByRole('button', { name: 'Buy', exact: true }).click()
    const sheet = page.getByRole('dialog')
    await fits()
    await sheet.getByRole('textbox', { name: 'Price' }).fill(at(0.78))
    await sheet.getByRole('textbox', { name: 'Amount' }).fill('0.0022')
    await sheet.getByRole('button', { name: /^Buy 0\.0022 BTC at/ }).click()
    await sheet.waitFor({ state: 'detached' })
    for (const view of ['Chart', 'Book', 'Trades', 'Orders']) {
      await page.getByRole('button', { name: view, exact: true }).click()
      await fits()
    }
    for (const name of ['Order history', 'Fills', 'Balances', 'Open orders']) {
      await tab(name).click()
      await fits()
      const list = page.getByRole('group', { name: `${name}, scrolls` })
      expect(await list.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0)
    }
    await button('Change', /^Limit to buy 0\.0022 BTC/).click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Amount' }).fill('0.0021')
    await page.getByText('It keeps its place in the queue.').waitFor()
    await fits()
    await page.getByRole('button', { name: 'Change the order' }).click()
    await button('Cancel', /^Limit to buy 0\.0021 BTC/).waitFor()
  })

  step('cancels all orders of every market at once, and counts them', async () => {
    const order = { market: 'ETH-USDT', side: 'buy', type: 'limit', price: '1500', quantity: '0.1' }
    const headers = { origin: venue.address }
    const placed = await page.request.post(`${venue.address}/api/v1/orders`, { data: order, headers })
    expect(placed.status()).toBe(200)
    await page.getByRole('button', { name: 'Cancel all', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: /^Cancel all \d+ in BTC\/USDT$/ }).waitFor()
    await dialog.getByRole('button', { name: /^Cancel all \d+ in every market$/ }).click()
    await dialog.getByText(/^\d+ cancelled\.$/).waitFor()
    await dialog.getByRole('button', { name: 'Done' }).click()
    await page.getByText('No open orders').waitFor()
  })

  step('has caused no error', async () => {
    expect(faults).toEqual([])
  })

  const ticket = (): Locator => page.getByRole('region', { name: 'Ticket' })
  const field = (name: string): Locator => ticket().getByRole('textbox', { name, exact: true })
  const tab = (name: string): Locator => page.getByRole('tab', { name })
  const button = (verb: 'Cancel' | 'Change', order: RegExp): Locator =>
    page.getByRole('button', { name: new RegExp(`^${verb}: ${order.source.replace('^', '')}`) })
  const row = (kind: RegExp, amount: string): Locator =>
    page
      .getByRole('row')
      .filter({ hasText: kind })
      .filter({ has: page.getByText(amount, { exact: true }) })

  async function enter({ type, side, amount, fields, limited, advanced }: Typed): Promise<void> {
    const form = ticket()
    if (type === 'Limit' || type === 'Market')
      await form.getByRole('radio', { name: type, exact: true }).check({ force: true })
    else await form.getByLabel('More order types').selectOption({ label: type })
    await form.getByRole('radio', { name: side, exact: true }).check({ force: true })
    const whenTriggered = form.getByRole('checkbox', { name: 'Limit when triggered' })
    if ((await whenTriggered.count()) > 0) await whenTriggered.setChecked(limited === true)
    const opened = await form.locator('details').getAttribute('open')
    if (opened === null) await form.getByText('Advanced').click()
    if (type !== 'Market') await form.getByLabel('Time in force').selectOption(advanced?.timeInForce ?? 'GTC')
    const postOnly = form.getByRole('checkbox', { name: 'Post-only' })
    if ((await postOnly.count()) > 0) await postOnly.setChecked(advanced?.postOnly === true)
    for (const [name, value] of Object.entries(fields?.(at) ?? {})) await field(name).fill(value)
    await field('Amount').fill(amount)
  }

  async function press(): Promise<void> {
    const send = ticket().locator('button[type=submit]')
    await send.click()
    // It can be pressed again once it has been answered.
    await expect.poll(() => send.getAttribute('aria-busy'), { timeout: 60_000 }).toBe('false')
  }

  async function ended(kind: RegExp, status: string, reason: string): Promise<void> {
    await tab('Order history').click()
    const found = page.getByRole('row').filter({ hasText: kind }).filter({ hasText: reason })
    await found.getByText(status).first().waitFor()
    await tab('Open orders').click()
  }

  /** Presses Tab until an element of this role and name has the focus. */
  async function tabTo(role: 'textbox' | 'button', name: string | RegExp): Promise<void> {
    const wanted = page.getByRole(role, typeof name === 'string' ? { name, exact: true } : { name })
    for (let pressed = 0; pressed < 200; pressed++) {
      await page.keyboard.press('Tab')
      if (await wanted.first().evaluate((element) => element === document.activeElement)) return
    }
    throw new Error(`Tab does not lead to ${role} ${String(name)}.`)
  }

  async function fits(): Promise<void> {
    const beyond = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    await expect.poll(beyond).toBe(0)
  }
})
