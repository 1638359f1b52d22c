import type { D1Migration } from '@cloudflare/vitest-pool-workers'
import type { Env as WorkerEnv } from '../../worker/env.ts'

declare global {
  namespace Cloudflare {
    /** What `env` of `cloudflare:workers` holds in a test: the Worker's own, and what vitest.config.ts adds. */
    interface Env extends WorkerEnv {
      readonly TEST_MIGRATIONS: D1Migration[]
    }

    /** What `exports` of `cloudflare:workers` holds. */
    interface GlobalProps {
      mainModule: typeof import('../../worker/index.ts')
    }
  }
}
