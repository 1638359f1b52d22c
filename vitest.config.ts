import path from 'node:path'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'

// A recorder of every sql.exec, on by default, that makes inserts ten times slower.
process.env.X_LOCAL_OBSERVABILITY = 'false'
process.env.X_LOCAL_EXPLORER = 'false'
process.env.WRANGLER_SEND_METRICS = 'false'

const root = import.meta.dirname
const alias = Object.fromEntries(
  ['binance', 'bybit', 'coinbase', 'kraken', 'kucoin', 'okx'].map((name) => [
    `ccxt/${name}`,
    path.join(root, `node_modules/ccxt/js/src/${name}.js`),
  ]),
)

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: { ...alias, $contract: path.join(root, 'worker/contract') } },
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts', 'clients/**/*.test.ts'],
          exclude: ['test/**/*.workers.test.ts', 'test/browser/**'],
          environment: 'node',
          // Bounds a test that hangs; simulations and recordings take seconds on a busy machine.
          testTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        plugins: [
          cloudflareTest({
            wrangler: { configPath: path.join(root, 'wrangler.toml') },
            miniflare: {
              // Consumers would run by themselves, with retries, into the next test. A test hands them their batches.
              queueConsumers: {},
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations(path.join(root, 'migrations')),
                // All of them, so that what a developer keeps in .dev.vars changes no test.
                BETTER_AUTH_SECRET: 'a secret for tests only, of at least 32 characters',
                OPERATOR_TOKEN: 'the token of the operator, for tests only',
                PUBLIC_URL: '',
                FEED: 'simulated',
                RECORDING_URL: '',
                EXCHANGE: 'binance',
                EXCHANGE_URL: '',
                DEMO: 'off',
                OPERATOR_ACCOUNTS: '',
                EMAIL: 'off',
                RESEND_API_KEY: '',
                STREAM_INTERVAL_MS: '100',
                STREAM_SOCKETS_PER_ADDRESS: '100',
                // The local counter costs more than the request; the tests of limits bring their own.
                RATE_LIMITS: 'off',
              },
            },
          }),
        ],
        test: {
          name: 'workers',
          include: ['test/**/*.workers.test.ts'],
          // One workerd for all files: one a file takes five times as long. Each test calls reset() for itself.
          isolate: false,
          maxWorkers: 1,
          // Password hashing on a busy machine takes seconds.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          environment: 'node',
          // The server is built and started once, and the pages are driven one after another.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
