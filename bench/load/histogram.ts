/** How long did updates take? Counted per millisecond, so that millions cost no memory and none is left out. */

/** Latencies from here on are one count, ms. */
const LIMIT_MS = 60_000

export class Histogram {
  readonly #counts = new Uint32Array(LIMIT_MS + 1)
  #total = 0

  add(ms: number, count: number): void {
    const place = Math.min(LIMIT_MS, Math.max(0, Math.round(ms)))
    this.#counts[place] = (this.#counts[place] ?? 0) + count
    this.#total += count
  }

  clear(): void {
    this.#counts.fill(0)
    this.#total = 0
  }

  /** The counts up to the largest latency, to be sent to another process. */
  counts(): Uint32Array {
    let length = this.#counts.length
    while (length > 0 && this.#counts[length - 1] === 0) length -= 1
    return this.#counts.slice(0, length)
  }

  merge(counts: Uint32Array): void {
    counts.forEach((count, ms) => {
      this.add(ms, count)
    })
  }

  /** @param share 0 to 1; 1 is the largest. */
  percentile(share: number): number {
    let left = Math.max(1, Math.ceil(this.#total * share))
    for (let ms = 0; ms <= LIMIT_MS; ms++) {
      left -= this.#counts[ms] ?? 0
      if (left <= 0) return ms
    }
    return 0
  }
}
