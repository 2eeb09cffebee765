import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['./test/support/built-page.ts'],
    reporters: ['default', './test/reporter.ts'],
    // Forks, since the code under test starts worker threads of its own; two at a time, to leave them a core.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    passWithNoTests: false,
    coverage: {
      provider: 'v8',
      // Counts what runs on a test's own thread: code inside a started worker thread is not seen.
      include: ['src/**/*.ts', 'workers/**/*.ts', 'client/**/*.ts'],
      reporter: ['text-summary']
    }
  }
})
