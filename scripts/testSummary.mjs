// node scripts/testSummary.mjs RESULTS FAILED_STEPS: the last line of .ci/run, from vitest's JSON report.
// Ends with 1 if anything failed. A report that is missing is a failure, and so is a file that could not be loaded:
// it has no tests to count.
import { existsSync, readFileSync } from 'node:fs'

const [file = '', steps = '0'] = process.argv.slice(2)
let passed = 0
let failed = Number(steps)
if (existsSync(file)) {
  const report = JSON.parse(readFileSync(file, 'utf8'))
  passed = report.numPassedTests
  const unloaded = report.testResults.filter(
    (result) =>
      result.status === 'failed' && !result.assertionResults.some((test) => test.status === 'failed'),
  )
  const failures = report.numFailedTests + unloaded.length
  // An error outside of any test (an unhandled rejection) fails the run and no test.
  failed += failures === 0 && !report.success ? 1 : failures
  if (report.numPendingTests > 0) console.log(`${report.numPendingTests} skipped by name`)
} else {
  console.log('The tests left no report.')
  failed += 1
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
