/** How late is the main thread's event loop during a window? Sampled ten times as often as the server does for itself. */

/**
 * Mean time between two samples, ms; each wait is between half and one and a half of it, at random, so that no periodic work
 * keeps in step with them. In the 50 s of a window that makes 50 samples above a p99.
 */
const SAMPLE_MS = 10

let samples: number[] = []
let timer: NodeJS.Timeout | undefined

export function startDelays(): void {
  samples = []
  sampleSoon()
}

/** Ends the sampling. @returns how late each sample was, ms. */
export function stopDelays(): Float64Array {
  clearTimeout(timer)
  return Float64Array.from(samples)
}

function sampleSoon(): void {
  // Whole, since a timer cuts off the rest and would be early.
  const waitMs = Math.round(SAMPLE_MS * (0.5 + Math.random()))
  const dueMs = performance.now() + waitMs
  timer = setTimeout(() => {
    samples.push(Math.max(0, performance.now() - dueMs))
    sampleSoon()
  }, waitMs)
}
