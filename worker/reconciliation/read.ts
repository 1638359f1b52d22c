import type { ResidueStatement } from '../account/statement.ts'
import type { Env } from '../env.ts'
import type { PostedEntry } from '../ledger/journal.ts'
import type { LedgerStatement } from '../ledger/statement.ts'
import { houseAccountId, MARKETS } from '../market/settings.ts'
import type { MarketStatement } from '../market/statement.ts'
import { readProjection } from './database.ts'
import type { AccountBooks, Entries, PoolBooks, Subjects, View } from './view.ts'

/** Calls under way at once: an invocation has six outgoing connections. */
const AT_ONCE = 6

/** Entries held in memory at once, over all ledgers in view; each gives its newest part of them. */
const ENTRIES_IN_VIEW = 40_000
const LEAST_ENTRIES = 500

/** Reads everything in view. First what each object says of itself, all within moments; then the entries, which stay as they are. */
export async function readView(env: Env, { accounts: ids, leaders }: Subjects, now: number): Promise<View> {
  const accounts = await inTurn(ids, (id) => env.ACCOUNT.getByName(id).statement())
  const pools = await inTurn(leaders, (id) => env.COPY_POOL.getByName(id).statement())
  const addresses = [...accounts, ...pools].map(({ address }) => address)
  const markets: MarketStatement[] = await inTurn(MARKETS, ({ id }) =>
    env.MARKET.getByName(id).statement(addresses),
  )
  const followers = new Map<string, string[]>()
  for (const { address, follows } of accounts)
    for (const { leaderId } of follows)
      followers.set(leaderId, [...(followers.get(leaderId) ?? []), address.slice('account/'.length)])
  const followed = await inTurn([...followers], ([leaderId, ids]) =>
    env.COPY_POOL.getByName(leaderId).statementFor(ids),
  )
  const most = Math.max(
    LEAST_ENTRIES,
    Math.floor(ENTRIES_IN_VIEW / Math.max(1, accounts.length + pools.length)),
  )
  const accountBooks: AccountBooks[] = await inTurn(accounts, async (statement) => ({
    ...statement,
    ...(await entriesOf(
      env.ACCOUNT.getByName(statement.address.slice('account/'.length)),
      statement.ledger,
      most,
    )),
  }))
  const poolBooks: PoolBooks[] = await inTurn(pools, async (statement) => ({
    ...statement,
    ...(await entriesOf(env.COPY_POOL.getByName(statement.leaderId), statement.ledger, most)),
  }))
  const houses = await residues(env, [...accountBooks, ...poolBooks])
  const projection = await readProjection(
    env,
    { accounts: accountBooks, pools: poolBooks, followed, markets },
    now,
  )
  return { accounts: accountBooks, pools: poolBooks, followed, houses, markets, projection }
}

interface Ledgered {
  entries(before: number): Promise<PostedEntry[]>
}

/** Those that the statement speaks of, newest first, up to a bound. */
async function entriesOf(object: Ledgered, ledger: LedgerStatement | null, most: number): Promise<Entries> {
  const entries: PostedEntry[] = []
  let before = (ledger?.last ?? 0) + 1
  while (before > 1 && entries.length < most) {
    const page = await object.entries(before)
    const last = page.at(-1)
    if (last === undefined) break
    entries.push(...page)
    before = last.number
  }
  const first = entries.at(-1)?.number ?? before
  return { entries, complete: first === (ledger?.opening.number ?? 0) + 1 }
}

/** What the houses say of the residues that were left to them. */
function residues(env: Env, givers: readonly Entries[]): Promise<ResidueStatement[]> {
  const wanted = MARKETS.flatMap(({ id }) => {
    const references = givers.flatMap(({ entries }) =>
      entries
        .filter(({ postings }) => postings.some(({ purse }) => purse === `residue/${id}`))
        .map(({ reference }) => reference),
    )
    return references.length === 0 ? [] : [{ id, references }]
  })
  return inTurn(wanted, ({ id, references }) =>
    env.ACCOUNT.getByName(houseAccountId(id)).residues(id, references),
  )
}

/** All of them, a few at once. */
async function inTurn<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let start = 0; start < items.length; start += AT_ONCE)
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))))
  return results
}
