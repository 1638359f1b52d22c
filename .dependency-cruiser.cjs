// Imports point one way: api -> objects and consumers -> pure domain. `npm run imports`.
// Comments of the rules are shown with each violation: they say what to do instead.

/** Thin shells: Durable Objects and what binds the domain to the platform. Everything else in these folders is pure. */
const shells = [
  '^worker/account/account\\.ts$',
  '^worker/market/market\\.ts$',
  '^worker/copying/copyPool\\.ts$',
  '^worker/messaging/durable[A-Za-z]*\\.ts$',
  '^worker/market/feed/(exchange/|exchange\\.ts$|recorded\\.ts$|createFeed\\.ts$)',
]
/** Queue consumers and readers that live beside the domain they serve, and talk to D1. */
const consumers = ['^worker/market/projection\\.ts$', '^worker/copying/(dispatch|queries)\\.ts$']
const domain = '^worker/(contract|ledger|limits|messaging|streaming|market|account|copying)/'

module.exports = {
  forbidden: [
    {
      name: 'pure-of-platform',
      comment:
        'The domain runs in tests and in the simulation without a platform. Pass in what it needs (now, ids, a Store), or move the code into the shell (account.ts, market.ts, copyPool.ts, durable*.ts).',
      severity: 'error',
      from: { path: domain, pathNot: [...shells, ...consumers] },
      to: {
        path: [
          '^(cloudflare|node):',
          '^(fs|path|crypto|buffer|os|util|http|https|net|stream|events|timers|worker_threads|child_process)$',
          'node_modules/(drizzle-orm|better-auth|hono|@hono|ccxt|resend|uuidv7)/',
        ],
      },
    },
    {
      name: 'domain-imports-nothing-above',
      comment:
        'api, queues, cron and index import the domain, never the other way. Return the value, or write a message into the outbox; a type that both need belongs into worker/contract or the folder below.',
      severity: 'error',
      from: { path: domain, pathNot: consumers },
      to: {
        path: '^worker/(api|auth|db|leaderboard|notifications|observability|demo)/|^worker/(index|queues|cron)\\.ts$',
      },
    },
    {
      name: 'env-only-in-shells',
      comment: 'Bindings and variables end at the shell: take the one value you need as a parameter.',
      severity: 'error',
      from: { path: domain, pathNot: [...shells, ...consumers] },
      to: { path: '^worker/env\\.ts$' },
    },
    {
      name: 'messaging-knows-no-business',
      comment:
        'messaging carries messages without knowing what is in them, so that one proof covers all objects. Take a type parameter or a function; the folder that has the business passes it in.',
      severity: 'error',
      from: { path: '^worker/messaging/' },
      to: { path: '^worker/(?!messaging/|contract/|env\\.ts)' },
    },
    {
      name: 'ledger-knows-only-amounts',
      comment:
        'The ledger is used by Account and CopyPool alike: it knows assets and entries, and the Store it keeps them in, but no orders and no follows.',
      severity: 'error',
      from: { path: '^worker/ledger/' },
      to: { path: '^worker/(?!ledger/|contract/|messaging/store\\.ts)' },
    },
    {
      name: 'engine-stands-alone',
      comment:
        'The engine knows ticks, lots and orders: give it numbers, not settings, accounts or messages.',
      severity: 'error',
      from: { path: '^worker/market/engine/' },
      to: { path: '^(worker/(?!market/engine/)|node_modules/)' },
    },
    {
      name: 'contract-is-shared-with-the-pages',
      comment: 'worker/contract is sent to the browser: it may import zod and itself.',
      severity: 'error',
      from: { path: '^worker/contract/' },
      to: { pathNot: '^worker/contract/|node_modules/zod/' },
    },
    {
      name: 'objects-meet-by-messages',
      comment:
        'Account, Market and CopyPool know of each other what crosses between them: messages.ts, and the settings and rules that both sides check. Anything else belongs into a message.',
      severity: 'error',
      from: { path: '^worker/(account|market|copying)/' },
      to: {
        path: '^worker/(account|market|copying)/',
        pathNot: [
          '^worker/$1/',
          '^worker/(account|market|copying)/messages\\.ts$',
          '^worker/(market|copying)/(settings|rules)\\.ts$',
        ],
      },
    },
    {
      name: 'nobody-imports-the-entry',
      comment:
        'worker/index.ts binds everything together; what it has that others need moves into a folder below.',
      severity: 'error',
      from: { path: '^(worker|web)/' },
      to: { path: '^worker/index\\.ts$' },
    },
    {
      name: 'pages-import-only-the-contract',
      comment:
        'web/ is another deployment: it imports worker/contract, and of worker/api only the type of the app, for hono/client (import type).',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^worker/', pathNot: '^worker/(contract|api)/' },
    },
    {
      name: 'pages-import-api-as-type',
      comment: 'Only the type of the app crosses into the pages: write `import type`.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^worker/api/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'worker-imports-no-pages',
      comment: 'The API does not know its pages.',
      severity: 'error',
      from: { path: '^worker/' },
      to: { path: '^(web|test|scripts)/' },
    },
    {
      name: 'no-cycle',
      comment:
        'Two modules that need each other are one, or a third is missing: move what both need into it.',
      severity: 'error',
      from: { path: '^(worker|web)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'This import leads nowhere: mend the path, or install the package with an exact version.',
      severity: 'error',
      from: { path: '^worker/' },
      to: { couldNotResolve: true, pathNot: '^cloudflare:' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.svelte-kit/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.svelte', '.json', '.d.ts'],
      exportsFields: ['exports'],
      conditionNames: ['svelte', 'workerd', 'import', 'types', 'default'],
    },
  },
}
