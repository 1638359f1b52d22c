import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { toUnits } from '../../worker/ledger/amount.ts'
import { accountAddress, poolAddress } from '../../worker/messaging/address.ts'
import { encode } from '../../worker/messaging/codec.ts'
import type { Batch } from '../../worker/messaging/stream.ts'
import { SETTINGS } from './settings.ts'

beforeEach(async () => {
  await reset()
  // The queue's consumer runs here too, and writes what the pool says.
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

const LEADER = '01990000-0000-7000-8000-000000000001'
const FOLLOWER = '01990000-0000-7000-8000-000000000002'
const FOLLOW = '01990000-0000-7000-8000-000000000003'

const batch = (first: number, ...messages: unknown[]): Batch => ({
  from: accountAddress(FOLLOWER),
  to: poolAddress(LEADER),
  first,
  messages: messages.map(encode),
  acknowledged: 0,
})

it('takes a follow in, shows it, and gives its funds back, once however often it is asked', async () => {
  const pool = env.COPY_POOL.getByName(LEADER)
  const opening = batch(1, {
    type: 'openFollow',
    followId: FOLLOW,
    settings: SETTINGS,
    amount: toUnits('250.5'),
  })
  expect((await pool.receive(opening)).applied).toBe(1)
  expect((await pool.receive(opening)).applied).toBe(1)
  expect(await pool.follow(FOLLOW)).toMatchObject({
    id: FOLLOW,
    cash: '250.5',
    equity: '250.5',
    profit: '0',
    holdings: [],
  })
  expect(await pool.stats()).toMatchObject({
    followers: 1,
    allocated: toUnits('250.5'),
    funds: toUnits('250.5'),
  })
  expect(await pool.follows(FOLLOWER, [FOLLOW, 'unknown'])).toHaveLength(1)
  const receipt = await pool.receive(batch(2, { type: 'closeFollow', followId: FOLLOW }))
  expect(receipt.applied).toBe(2)
  expect(await pool.stats()).toMatchObject({ followers: 0, funds: 0n })
  expect(await pool.follow(FOLLOW)).toMatchObject({ cash: '0', profit: '0' })
})

it('shows a follow to its own follower only, though somebody else can name its id', async () => {
  const pool = env.COPY_POOL.getByName(LEADER)
  const open = { type: 'openFollow', followId: FOLLOW, settings: SETTINGS, amount: toUnits('250') }
  await pool.receive(batch(1, open))
  const other = '01990000-0000-7000-8000-000000000004'
  await pool.receive({ ...batch(1, open), from: accountAddress(other) })
  expect(await pool.follows(other, [FOLLOW])).toEqual([])
  expect(await pool.follows(FOLLOWER, [FOLLOW])).toMatchObject([{ id: FOLLOW, cash: '250' }])
})
