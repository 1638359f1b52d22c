import { app } from './api/app.ts'
import { runCron } from './cron.ts'
import { configOf, type Env } from './env.ts'
import { consume } from './queues.ts'

export { Account } from './account/account.ts'
export { CopyPool } from './copying/copyPool.ts'
export { DemoTraders } from './demo/demoTraders.ts'
export { Market } from './market/market.ts'

export default {
  fetch(request, env, context) {
    configOf(env)
    return app.fetch(request, env, context)
  },
  queue: (batch, env) => consume(batch, env),
  scheduled: (event, env) => runCron(event.cron, env, event.scheduledTime),
} satisfies ExportedHandler<Env>
