import { Random } from './random.ts'

const CYCLE_MS = 1_000
const SLOTS = 20
const SLOT_MS = CYCLE_MS / SLOTS
/** A slot's greatest multiple of the mean rate. */
const PEAK = 2.5
const BURST_STREAM = 1

/**
 * Says how many messages are due when: bursty within a second, exact over each second.
 *
 * Time is cut into cycles of 1 s with 20 slots of 50 ms. A slot's share of the cycle's messages is drawn from the
 * seed: mostly about half the mean, now and then up to 2.5 times, and all 20 together make exactly one second's worth.
 * Hence each whole second carries `ratePerSecond` messages, and any 100 ms at most 2.5 times their mean.
 */
export class BurstSchedule {
  readonly #ratePerSecond: number
  readonly #random: Random
  /** Messages due at the end of each slot of the present cycle, as a share of the cycle's; the last is 1. */
  #shares = new Float64Array(SLOTS)
  #cycle = -1

  constructor(ratePerSecond: number, seed: number) {
    this.#ratePerSecond = ratePerSecond
    this.#random = new Random(seed, BURST_STREAM)
  }

  /** Messages due `elapsedMs` after the start, a fraction included. Must be called with times that never go back. */
  dueAt(elapsedMs: number): number {
    const cycle = Math.floor(elapsedMs / CYCLE_MS)
    while (this.#cycle < cycle) this.#drawCycle()
    const inCycleMs = elapsedMs - this.#cycle * CYCLE_MS
    const slot = Math.min(SLOTS - 1, Math.floor(inCycleMs / SLOT_MS))
    const before = this.#shareBefore(slot)
    const share = before + ((inCycleMs - slot * SLOT_MS) / SLOT_MS) * (this.#shareBefore(slot + 1) - before)
    return this.#ratePerSecond * (this.#cycle + share)
  }

  /** When `count` messages will be due, in ms after the start; the end of the present cycle if that is earlier. */
  timeOf(count: number): number {
    const share = count / this.#ratePerSecond - this.#cycle
    let slot = 0
    while (slot < SLOTS && this.#shareBefore(slot + 1) < share) slot++
    if (slot === SLOTS) return (this.#cycle + 1) * CYCLE_MS
    const before = this.#shareBefore(slot)
    const inSlot = (share - before) / (this.#shareBefore(slot + 1) - before)
    return this.#cycle * CYCLE_MS + (slot + Math.max(0, inSlot)) * SLOT_MS
  }

  #shareBefore(slot: number): number {
    return slot === 0 ? 0 : (this.#shares[slot - 1] ?? 1)
  }

  #drawCycle(): void {
    this.#cycle += 1
    const weights = Array.from({ length: SLOTS }, () => 0.5 + 3.5 * this.#random.next() ** 3)
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / SLOTS
    // Drawn towards 1 as far as needed for the highest to be PEAK; the sum stays what it is.
    const flattening = Math.min(1, (PEAK - 1) / (Math.max(...weights) / mean - 1))
    let total = 0
    for (const [slot, weight] of weights.entries()) {
      total += (1 + flattening * (weight / mean - 1)) / SLOTS
      this.#shares[slot] = total
    }
    // Rounding must not leave a message for ever undue.
    this.#shares[SLOTS - 1] = 1
  }
}
