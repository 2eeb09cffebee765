/** Longest time a flush writes before other work of the event loop has its turn, ms. */
export const TURN_BUDGET_MS = 3

/** Takes all the steps, a turn's budget at a time, the first of them now. A step should take some 100 µs. */
export function inTurns(steps: Iterator<void>, done: () => void): void {
  const startedMs = performance.now()
  while (steps.next().done !== true) {
    if (performance.now() - startedMs < TURN_BUDGET_MS) continue
    setImmediate(() => inTurns(steps, done))
    return
  }
  done()
}
