import type { Reporter, SerializedError, TestModule } from 'vitest/node'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/**
 * Ends every run with one line for people and scripts: `N passed, N failed, N skipped`.
 *
 * What broke outside a test (a file that does not load, a hook, an unhandled rejection) counts as failed; a test that
 * never ran counts as skipped. The line is written at exit because the coverage summary comes after `onTestRunEnd`.
 */
export default class SummaryReporter implements Reporter {
  #counts: Counts = { passed: 0, failed: 0, skipped: 0 }

  onInit(): void {
    process.once('exit', () => {
      const { passed, failed, skipped } = this.#counts
      process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`)
    })
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#counts = count(modules, unhandledErrors.length)
  }
}

function count(modules: readonly TestModule[], unhandledErrorCount: number): Counts {
  const counts = { passed: 0, failed: unhandledErrorCount, skipped: 0 }
  for (const module of modules) {
    counts.failed += module.errors().length
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      counts[state === 'pending' ? 'skipped' : state] += 1
    }
  }
  return counts
}
