/** What can this machine do with tickcast, and with what people would use instead? `npm run bench -- --help` */

import { article } from './cases/article.bench.ts'
import { capacity } from './cases/capacity.bench.ts'
import { connect } from './cases/connect.bench.ts'
import { fanOut, fanOutLarge } from './cases/fan-out.bench.ts'
import { frames } from './cases/frames.bench.ts'
import { history } from './cases/history.bench.ts'
import { ingest } from './cases/ingest.bench.ts'
import { sdk } from './cases/sdk.bench.ts'
import { sparse } from './cases/sparse.bench.ts'
import { stalled } from './cases/stalled.bench.ts'
import { helpText, readOptions } from './harness/options.ts'
import { runCases } from './harness/runner.ts'

const CASES = [article, fanOut, fanOutLarge, ingest, stalled, connect, capacity, frames, sparse, history, sdk]

try {
  const args = process.argv.slice(2)
  const options = readOptions(args, CASES)
  if (options === 'help') process.stdout.write(helpText(CASES))
  else {
    const chosen = options.cases.flatMap((name) => CASES.find((one) => one.name === name) ?? [])
    const isValid = await runCases(
      chosen,
      CASES,
      options,
      `npm run bench${args.length > 0 ? ' -- ' : ''}${args.join(' ')}`
    )
    process.exitCode = isValid ? 0 : 1
  }
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
