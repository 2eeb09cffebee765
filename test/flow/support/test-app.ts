import { onTestFinished, vi } from 'vitest'
import { type App, startApp } from '../../../src/app.ts'
import { loadSettings } from '../../../src/config/load-settings.ts'

// Whole servers on a machine that does other work as well; what takes long is told by `until`.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 })

/** A whole server, threads and all, on a free port; stopped when the test ends. */
export async function startTestApp(flags: Readonly<Record<string, unknown>> = {}): Promise<App> {
  const settings = loadSettings({
    flags: { port: '0', logLevel: 'silent', historyFile: ':memory:', ...flags },
    env: {}
  })
  const app = await startApp(settings)
  onTestFinished(() => app.stop('end of test'))
  return app
}

/** Waits until `isDone`, and fails with what it waited for. */
export async function until(isDone: () => boolean | Promise<boolean>, what: string, withinMs = 25_000): Promise<void> {
  const deadlineMs = performance.now() + withinMs
  while (!(await isDone())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${withinMs} ms for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** A JSON answer of the server's REST side. */
export async function getJson<T>(app: App, path: string): Promise<T> {
  const response = await fetch(`${app.url}${path}`)
  return (await response.json()) as T
}
