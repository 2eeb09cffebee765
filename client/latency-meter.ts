import type { Update } from '../src/protocol/server-events.ts'
import { ClockOffset } from './clock-offset.ts'
import { type Percentiles, PercentileWindow } from './percentiles.ts'

/** Where the time went between the venue and this client, over the last ten to twenty seconds. */
export interface LatencyReport {
  /** From the venue's clock to the producer thread; includes how far these clocks are apart. */
  readonly venueToIngest: Percentiles | undefined
  /** From the producer thread to the flush. */
  readonly ingestToEmit: Percentiles | undefined
  /** From the flush to this client, beyond the fastest way seen; see `clockOffsetMs`. */
  readonly emitToReceive: Percentiles | undefined
  readonly total: Percentiles | undefined
  /** How far this machine's clock is ahead of the server's: the least difference seen in heartbeats of a minute. */
  readonly clockOffsetMs: number
  readonly updatesPerSecond: number
}

const RATE_WINDOW_MS = 1_000

/** The wall clock at the start, and monotonic from there, ms since the Unix epoch with fractions. */
export function clockMs(): number {
  return performance.timeOrigin + performance.now()
}

/** What is made of other messages, and told only so often: its age says nothing of the way it came. */
const DERIVED = /^(?:candle|ticker):/

/**
 * Measures each part of the way of every update that is not a snapshot, which tells of the past, and not derived. Nor of a
 * channel at a lower rate, where the newest of several waits for its turn.
 */
export class LatencyMeter {
  readonly clock = new ClockOffset()
  readonly #venueToIngest = new PercentileWindow()
  readonly #ingestToEmit = new PercentileWindow()
  readonly #emitToReceive = new PercentileWindow()
  readonly #total = new PercentileWindow()
  #count = 0
  #countedSinceMs = clockMs()
  #ratePerSecond = 0

  note(updates: readonly Update[], emitTime: number, nowMs: number): void {
    const receivedMs = nowMs - this.clock.offsetMs
    this.#count += updates.length
    this.#measureRate(nowMs)
    let past = ''
    for (const { channel, type, prev, exchangeTime, ingestTime } of updates) {
      // After the snapshot of a book come the changes since: they tell of the past, too.
      if (type === 'snapshot') past = channel
      if (channel === past || prev !== undefined || DERIVED.test(channel)) continue
      this.#venueToIngest.add(ingestTime - exchangeTime, nowMs)
      this.#ingestToEmit.add(emitTime - ingestTime, nowMs)
      this.#emitToReceive.add(receivedMs - emitTime, nowMs)
      this.#total.add(receivedMs - exchangeTime, nowMs)
    }
  }

  report(): LatencyReport {
    const nowMs = clockMs()
    this.#measureRate(nowMs)
    return {
      venueToIngest: this.#venueToIngest.read(nowMs),
      ingestToEmit: this.#ingestToEmit.read(nowMs),
      emitToReceive: this.#emitToReceive.read(nowMs),
      total: this.#total.read(nowMs),
      clockOffsetMs: this.clock.offsetMs,
      updatesPerSecond: this.#ratePerSecond
    }
  }

  #measureRate(nowMs: number): void {
    const elapsedMs = nowMs - this.#countedSinceMs
    if (elapsedMs < RATE_WINDOW_MS) return
    this.#ratePerSecond = (this.#count * 1_000) / elapsedMs
    this.#count = 0
    this.#countedSinceMs = nowMs
  }
}
