const FINE_STEPS_PER_MS = 4
const FINE_LIMIT_MS = 64
const FINE_BUCKETS = FINE_LIMIT_MS * FINE_STEPS_PER_MS
const STEPS_PER_DOUBLING = 16
const BUCKETS = FINE_BUCKETS * 2
/** Values are kept for one to two of these, ms. */
const WINDOW_MS = 10_000

/** Half of the values, and all but one in a hundred, are not above these, ms. */
export interface Percentiles {
  readonly p50: number
  readonly p99: number
}

/**
 * Percentiles of the last ten to twenty seconds, in memory that does not grow.
 *
 * Buckets of 0.25 ms below 64 ms, of 4 % above; a value below 0 counts as 0.
 */
export class PercentileWindow {
  #present = new Uint32Array(BUCKETS)
  #previous = new Uint32Array(BUCKETS)
  #startMs = 0

  add(value: number, nowMs: number): void {
    if (nowMs - this.#startMs > WINDOW_MS) this.#turn(nowMs)
    const bucket = bucketOf(value)
    this.#present[bucket] = (this.#present[bucket] ?? 0) + 1
  }

  /** `undefined` when nothing was added of late. */
  read(nowMs: number): Percentiles | undefined {
    if (nowMs - this.#startMs > WINDOW_MS) this.#turn(nowMs)
    const counts = this.#present.map((count, bucket) => count + (this.#previous[bucket] ?? 0))
    const total = counts.reduce((sum, count) => sum + count, 0)
    return total === 0 ? undefined : { p50: valueAt(counts, total * 0.5), p99: valueAt(counts, total * 0.99) }
  }

  #turn(nowMs: number): void {
    const isOld = nowMs - this.#startMs > 2 * WINDOW_MS
    const { buffer } = this.#previous
    this.#previous = isOld ? new Uint32Array(BUCKETS) : this.#present
    this.#present = new Uint32Array(buffer).fill(0)
    this.#startMs = nowMs
  }
}

function bucketOf(value: number): number {
  if (!(value > 0)) return 0
  if (value < FINE_LIMIT_MS) return (value * FINE_STEPS_PER_MS) | 0
  const above = Math.floor(Math.log2(value / FINE_LIMIT_MS) * STEPS_PER_DOUBLING)
  return Math.min(FINE_BUCKETS + above, BUCKETS - 1)
}

/** The upper end of the bucket that holds the value of this rank. */
function valueAt(counts: Uint32Array, rank: number): number {
  let seen = 0
  const bucket = counts.findIndex((count) => {
    seen += count
    return seen >= rank
  })
  if (bucket < FINE_BUCKETS) return (bucket + 1) / FINE_STEPS_PER_MS
  return FINE_LIMIT_MS * 2 ** ((bucket - FINE_BUCKETS + 1) / STEPS_PER_DOUBLING)
}
