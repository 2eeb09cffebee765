import closeWithGrace from 'close-with-grace'
import type { App } from './app.ts'
import type { ServeFlags } from './cli/serve-command.ts'
import { onStopSignal } from './cli/stop-signal.ts'
import { createProgram, reportFailure } from './cli.ts'
import { environment } from './config/environment.ts'
import { loadSettings } from './config/load-settings.ts'

/** What a stop may take beyond `shutdownMs` before the process is ended all the same, ms. */
const STOP_MARGIN_MS = 1_000

/** Ours to hear, because close-with-grace takes the echo of a Ctrl-C for a second one and skips the orderly stop. */
const STOP_SIGNALS: closeWithGrace.Signals[] = ['SIGINT', 'SIGTERM']

async function serve(flags: ServeFlags): Promise<void> {
  const settings = loadSettings({ flags, env: environment() })
  let app: App | undefined
  let reason = 'end of work'
  // Installed before the start, which takes a moment: process 1 of a container would not hear SIGTERM otherwise.
  const { close } = closeWithGrace({ delay: settings.shutdownMs + STOP_MARGIN_MS, skip: STOP_SIGNALS }, async (end) => {
    if (end.err !== undefined) reportFailure(end.err)
    await app?.stop(end.err?.message ?? end.signal ?? reason)
  })
  onStopSignal((signal) => {
    reason = signal
    close()
  })
  // Imported here, so that `watch` and `record` do not load a server they don't need.
  const { startApp } = await import('./app.ts')
  app = await startApp(settings)
  // Whoever started the server may have stopped reading what it says; that ends nothing.
  process.stdout.on('error', () => undefined)
  process.stdout.write(`${app.banner()}\n`)
}

try {
  await createProgram(serve).parseAsync()
} catch (error) {
  // Not `process.exitCode`: what a failed start has left behind must not keep the process alive.
  process.exit(reportFailure(error))
}
