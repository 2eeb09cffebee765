/** A producer that lived so long after its first batch was healthy, ms. */
const HEALTHY_MS = 500
/** Time a thread has to load its code before it must show life, ms: many of them at once on few cores take seconds. */
const LOAD_MS = 15_000

/** When the thread of a producer showed life, and when its data came; begun anew with each life. */
export class LifeSigns {
  readonly #now: () => number
  #lastBeatMs = 0
  #lastBatchMs = 0
  #firstBatchMs: number | undefined
  #lagMs = 0

  /** @param now monotonic clock, ms. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** False until the first batch of this life: open, but nothing has come yet. */
  get hasDelivered(): boolean {
    return this.#firstBatchMs !== undefined
  }

  /** How long the newest batch took from its thread to here, ms; `undefined` before the first of this life. */
  get lagMs(): number | undefined {
    return this.#firstBatchMs === undefined ? undefined : this.#lagMs
  }

  get wasHealthy(): boolean {
    return this.#firstBatchMs !== undefined && this.#now() - this.#firstBatchMs >= HEALTHY_MS
  }

  begin(): void {
    this.#lastBeatMs = this.#now() + LOAD_MS
    this.#firstBatchMs = undefined
  }

  /** The feed is open: data is waited for from now on. */
  onOpened(): void {
    this.#lastBatchMs = this.#now()
  }

  /** @param ingestTime when its thread took in the newest message of the batch, ms since the Unix epoch. */
  onBatch(ingestTime: number): void {
    const nowMs = this.#now()
    this.#lagMs = Math.max(0, Date.now() - ingestTime)
    this.#lastBatchMs = nowMs
    this.#lastBeatMs = nowMs
    this.#firstBatchMs ??= nowMs
  }

  onBeat(): void {
    this.#lastBeatMs = this.#now()
  }

  /** Says whether the thread has shown no life for longer. */
  isHung(hangMs: number): boolean {
    return this.#now() - this.#lastBeatMs > hangMs
  }

  /** Says whether no data has come for longer. */
  isQuiet(staleMs: number): boolean {
    return this.#now() - this.#lastBatchMs > staleMs
  }
}
