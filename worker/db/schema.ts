import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { amount } from './amount.ts'

// D1 holds what is asked across accounts. Apart from the tables of better-auth, `traders` and `dead_letters` all of it
// is a projection of the Durable Objects: it may be deleted and comes back the same.
//
// No foreign keys: a migration that rebuilds a table fires their ON DELETE CASCADE and empties the children silently.
// Times are milliseconds since 1970, UTC. Prices and quantities are, like amounts, smallest units of their asset
// (a price: quote units for one whole base), so that a row can be read without its market's grid.

const at = (name: string) => integer(name, { mode: 'timestamp_ms' })

// better-auth. Names of tables and properties are those that it expects.

export const user = sqliteTable('user', {
  id: text().primaryKey(),
  name: text().notNull(),
  email: text().notNull().unique(),
  emailVerified: integer('email_verified', { mode: 'boolean' }).notNull().default(false),
  image: text(),
  /** When the person's Account was opened with its demo grant; null until that has been confirmed. */
  openedAt: at('opened_at'),
  createdAt: at('created_at').notNull(),
  updatedAt: at('updated_at').notNull(),
})

export const session = sqliteTable(
  'session',
  {
    id: text().primaryKey(),
    userId: text('user_id').notNull(),
    token: text().notNull().unique(),
    expiresAt: at('expires_at').notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    createdAt: at('created_at').notNull(),
    updatedAt: at('updated_at').notNull(),
  },
  (table) => [index('session_by_user').on(table.userId), index('session_by_expiry').on(table.expiresAt)],
)

export const account = sqliteTable(
  'account',
  {
    id: text().primaryKey(),
    userId: text('user_id').notNull(),
    accountId: text('account_id').notNull(),
    providerId: text('provider_id').notNull(),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: at('access_token_expires_at'),
    refreshTokenExpiresAt: at('refresh_token_expires_at'),
    scope: text(),
    password: text(),
    createdAt: at('created_at').notNull(),
    updatedAt: at('updated_at').notNull(),
  },
  (table) => [index('account_by_user').on(table.userId)],
)

export const verification = sqliteTable(
  'verification',
  {
    id: text().primaryKey(),
    identifier: text().notNull(),
    value: text().notNull(),
    expiresAt: at('expires_at').notNull(),
    createdAt: at('created_at').notNull(),
    updatedAt: at('updated_at').notNull(),
  },
  (table) => [index('verification_by_identifier').on(table.identifier)],
)

export const rateLimit = sqliteTable('rate_limit', {
  id: text().primaryKey(),
  key: text().notNull().unique(),
  count: integer().notNull(),
  lastRequest: integer('last_request').notNull(),
})

// Traders, follows and what came of them

/** The public profile of everyone who trades. `id` is the account id. */
export const traders = sqliteTable(
  'traders',
  {
    id: text().primaryKey(),
    name: text().notNull(),
    bio: text().notNull().default(''),
    style: text().notNull().default(''),
    kind: text({ enum: ['person', 'bot'] }).notNull(),
    openToFollowers: integer('open_to_followers', { mode: 'boolean' }).notNull().default(false),
    createdAt: integer('created_at').notNull(),
    /** From when the record counts; a reset starts a new one. */
    recordStart: integer('record_start').notNull(),
    /** What a reader of the record has to know about it, e.g. that a part of it was simulated. */
    recordNote: text('record_note').notNull().default(''),
  },
  (table) => [index('traders_open').on(table.openToFollowers, table.id)],
)

export const orders = sqliteTable(
  'orders',
  {
    id: text().primaryKey(),
    accountId: text('account_id').notNull(),
    market: text().notNull(),
    side: text({ enum: ['buy', 'sell'] }).notNull(),
    type: text().notNull(),
    /** Null for an order without a limit. */
    price: amount('price'),
    /** Base units; null for a market order by quote amount. */
    quantity: amount('quantity'),
    /** Quote units that a market order by quote amount may spend or is to receive. */
    quoteBudget: amount('quote_budget'),
    filled: amount('filled').notNull(),
    filledQuote: amount('filled_quote').notNull(),
    status: text().notNull(),
    reason: text(),
    /** The market's sequence of the last change; a change with a lower one is not applied. */
    sequence: integer().notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [
    index('orders_by_account').on(table.accountId, table.createdAt),
    index('orders_by_update').on(table.updatedAt),
  ],
)

export const trades = sqliteTable(
  'trades',
  {
    id: text().primaryKey(),
    market: text().notNull(),
    sequence: integer().notNull(),
    price: amount('price').notNull(),
    quantity: amount('quantity').notNull(),
    quote: amount('quote').notNull(),
    takerSide: text('taker_side', { enum: ['buy', 'sell'] }).notNull(),
    makerAccountId: text('maker_account_id').notNull(),
    takerAccountId: text('taker_account_id').notNull(),
    makerOrderId: text('maker_order_id').notNull(),
    takerOrderId: text('taker_order_id').notNull(),
    makerFee: amount('maker_fee').notNull(),
    makerFeeAsset: text('maker_fee_asset').notNull(),
    takerFee: amount('taker_fee').notNull(),
    takerFeeAsset: text('taker_fee_asset').notNull(),
    at: integer().notNull(),
  },
  (table) => [
    uniqueIndex('trades_by_market').on(table.market, table.sequence),
    index('trades_by_maker').on(table.makerAccountId, table.at),
    index('trades_by_taker').on(table.takerAccountId, table.at),
    index('trades_by_time').on(table.at),
  ],
)

export const follows = sqliteTable(
  'follows',
  {
    id: text().primaryKey(),
    leaderId: text('leader_id').notNull(),
    followerId: text('follower_id').notNull(),
    status: text().notNull(),
    mode: text().notNull(),
    settings: text({ mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    allocated: amount('allocated').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    /** The pool's sequence of the last change; a change with a lower one is not applied. */
    sequence: integer().notNull(),
  },
  (table) => [
    index('follows_by_leader').on(table.leaderId, table.status),
    index('follows_by_follower').on(table.followerId, table.createdAt),
  ],
)

export const copiedTrades = sqliteTable(
  'copied_trades',
  {
    id: text().primaryKey(),
    followId: text('follow_id').notNull(),
    followerId: text('follower_id').notNull(),
    leaderId: text('leader_id').notNull(),
    /** Null where the follow was skipped before a block was formed. */
    blockId: text('block_id'),
    market: text().notNull(),
    side: text({ enum: ['buy', 'sell'] }).notNull(),
    leaderOrderId: text('leader_order_id').notNull(),
    leaderQuantity: amount('leader_quantity').notNull(),
    /** What the leader paid or received, fees aside. */
    leaderQuote: amount('leader_quote').notNull(),
    leaderAt: integer('leader_at').notNull(),
    /** Base units that the follow is to hold after this. */
    target: amount('target').notNull(),
    /** Of that, wanted of this block. */
    wanted: amount('wanted').notNull(),
    quantity: amount('quantity').notNull(),
    quote: amount('quote').notNull(),
    fee: amount('fee').notNull(),
    feeAsset: text('fee_asset').notNull(),
    outcome: text({
      enum: ['filled', 'partial', 'skipped', 'failed', 'proposed', 'expired'],
    }).notNull(),
    reason: text(),
    /** Hundredths of a basis point against the leader's price; positive is worse for the follower. */
    slippage: integer(),
    /** Milliseconds from the leader's fill to the copy. */
    delay: integer(),
    blockSize: amount('block_size'),
    blockQuote: amount('block_quote'),
    participants: integer(),
    at: integer().notNull(),
  },
  (table) => [
    index('copied_trades_by_follower').on(table.followerId, table.at, table.id),
    index('copied_trades_by_follow').on(table.followId, table.at, table.id),
    index('copied_trades_by_leader').on(table.leaderId, table.at, table.id),
    index('copied_trades_by_time').on(table.at),
  ],
)

// Performance. Made WITHOUT ROWID in the migration (drizzle-kit cannot say it): with a composite key of its own a row
// is written once; with a rowid each insert would count two rows, and each read two lookups.

export const equitySnapshots = sqliteTable(
  'equity_snapshots',
  {
    accountId: text('account_id').notNull(),
    at: integer().notNull(),
    equity: amount('equity').notNull(),
    /**
     * What has come in less what has gone out since the account opened, in quote. Not earned, so returns leave its
     * changes out. Counted within one source: from the last `simulated` snapshot to the first of the `venue` nothing flows.
     */
    netDeposits: amount('net_deposits').notNull(),
    /** Profit realised by trades that reduced a position, at average cost: a running total within one source, from zero. */
    realised: amount('realised').notNull(),
    source: text({ enum: ['venue', 'simulated'] }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.at] }), index('equity_by_time').on(table.at)],
)

/**
 * Track records that have ended: they stay visible on the trader's profile. The account keeps them too, without the
 * figures that are computed from the snapshots of their time.
 */
export const closedRecords = sqliteTable(
  'closed_records',
  {
    /** Of the reset that closed it. */
    id: text().primaryKey(),
    accountId: text('account_id').notNull(),
    startedAt: integer('started_at').notNull(),
    endedAt: integer('ended_at').notNull(),
    reason: text({ enum: ['reset'] }).notNull(),
    /** Time-weighted return and deepest fall, in basis points; null when too few snapshots were taken to say. */
    returnBps: integer('return_bps'),
    maxDrawdownBps: integer('max_drawdown_bps'),
    realised: amount('realised').notNull(),
    /** At its end; null when a price was too old to tell. */
    equity: amount('equity'),
  },
  (table) => [index('closed_records_by_account').on(table.accountId, table.endedAt)],
)

// Reconciliation. Its own: nothing else is decided by it.

/** Differences that reconciliation has found and confirmed. Kept for a while after they were last seen. */
export const reconciliationDifferences = sqliteTable(
  'reconciliation_differences',
  {
    /** Made from what the difference is, so that it is one row however often it is found. */
    id: text().primaryKey(),
    kind: text().notNull(),
    place: text().notNull(),
    detail: text().notNull(),
    firstSeen: integer('first_seen').notNull(),
    lastSeen: integer('last_seen').notNull(),
    /** Whether the operators have been told. */
    told: integer({ mode: 'boolean' }).notNull().default(false),
  },
  (table) => [index('reconciliation_by_time').on(table.lastSeen)],
)

/** How far the cron's reconciliation has come: one row. */
export const reconciliationProgress = sqliteTable('reconciliation_progress', {
  one: integer().primaryKey(),
  state: text().notNull(),
  at: integer().notNull(),
})

// The consumers' own

/** How far a consumer has applied each source. WITHOUT ROWID, see above. */
export const projectionPositions = sqliteTable('projection_positions', {
  source: text().primaryKey(),
  sequence: integer().notNull(),
})

/** What a queue gave up on. A row is deleted when it has been put back or has passed its bound of age. */
export const deadLetters = sqliteTable(
  'dead_letters',
  {
    id: text().primaryKey(),
    queue: text().notNull(),
    body: text().notNull(),
    error: text().notNull().default(''),
    attempts: integer().notNull(),
    at: integer().notNull(),
    told: integer({ mode: 'boolean' }).notNull().default(false),
  },
  (table) => [
    index('dead_letters_by_time').on(table.at),
    index('dead_letters_untold').on(table.told, table.at),
  ],
)
