import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'

/**
 * npm run market:status -- MARKET open|cancel_only|halted [--url ADDRESS]
 * The operator's switch. The token is OPERATOR_TOKEN of the environment, or of .dev.vars, where `npm start` puts one.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: 'string', default: 'http://localhost:8788' } },
})
const [market, status] = positionals
if (market === undefined || status === undefined) {
  console.error('Say which market and what: npm run market:status -- BTC-USDT halted')
  process.exit(2)
}
const file = path.join(import.meta.dirname, '..', '.dev.vars')
const token =
  process.env.OPERATOR_TOKEN ?? /^OPERATOR_TOKEN="?([^"\n]+)/m.exec(readFileSync(file, 'utf8'))?.[1]
const answer = await fetch(`${values.url}/api/v1/operator/markets/${market}/status`, {
  method: 'PUT',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: JSON.stringify({ status }),
})
console.log(answer.ok ? `${market} is ${status}.` : await answer.text())
process.exitCode = answer.ok ? 0 : 1
