/**
 * A signal that comes this soon after the first is its echo: a Ctrl-C reaches every process of the terminal, and a
 * parent such as npm passes its own on to us, too.
 */
const ECHO_MS = 500

/** Calls `stop` on the first Ctrl-C or SIGTERM; a further one that is no echo ends the process at once. */
export function onStopSignal(stop: (signal: NodeJS.Signals) => void): void {
  let firstMs: number | undefined
  const take = (signal: NodeJS.Signals): void => {
    if (firstMs === undefined) {
      firstMs = performance.now()
      stop(signal)
    } else if (performance.now() - firstMs > ECHO_MS) {
      process.stderr.write(`second ${signal}: ended at once\n`)
      process.exit(1)
    }
  }
  process.on('SIGINT', take)
  process.on('SIGTERM', take)
}

/** A controller that Ctrl-C or SIGTERM aborts. */
export function stopController(): AbortController {
  const controller = new AbortController()
  onStopSignal(() => controller.abort())
  return controller
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
