/** Longest time a flush writes before other work of the event loop has its turn, ms. */
export const TURN_BUDGET_MS = 5
/** Steps between two looks at the clock. */
const STEPS_PER_LOOK = 16

/** Takes all the steps, a turn's budget at a time, the first of them now. */
export function inTurns(steps: Iterator<void>, done: () => void): void {
  const startedMs = performance.now()
  let taken = 0
  while (steps.next().done !== true) {
    taken += 1
    if (taken % STEPS_PER_LOOK !== 0 || performance.now() - startedMs < TURN_BUDGET_MS) continue
    setImmediate(() => inTurns(steps, done))
    return
  }
  done()
}
