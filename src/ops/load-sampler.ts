import { type LoadPast, type LoadPoint, OPS_PERIOD_MS, OPS_POINTS } from '../protocol/ops-events.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { LoopDelayReading } from '../telemetry/loop-delay.ts'
import { type Every, everyAlone } from '../telemetry/pulse.ts'
import { LoadRing } from './load-ring.ts'

export interface LoadSources {
  readonly counters: Readonly<Counters>
  readonly queueDepth: () => number
  readonly loopDelay: () => LoopDelayReading
  readonly clients: () => number
  readonly slowClients: () => number
  /** Monotonic clock, ms. */
  readonly now: () => number
}

/** Counters whose growth is told as a rate. */
type Counted = Pick<Counters, 'messagesReceived' | 'updatesDelivered' | 'bytesWritten' | 'messagesFlushed' | 'flushes'>

/**
 * Notes the load once a second, so that whoever comes to look sees the last quarter of an hour.
 *
 * A note is a few subtractions and one question to the system for memory, whatever the number of clients and channels.
 */
export class LoadSampler {
  readonly #sources: LoadSources
  readonly #ring = new LoadRing(OPS_POINTS)
  #before: Counted & { readonly lost: number; readonly atMs: number }
  #latest: LoadPoint
  readonly #every: Every
  #stop: (() => void) | undefined

  constructor(sources: LoadSources, every: Every = everyAlone) {
    this.#sources = sources
    this.#every = every
    this.#before = this.#count()
    this.#latest = this.#point()
  }

  /** The newest point. */
  get latest(): LoadPoint {
    return this.#latest
  }

  /** @param onPoint called after each new point. */
  start(onPoint: () => void): void {
    const step = () => {
      this.#latest = this.#point()
      this.#ring.push(this.#latest)
      onPoint()
    }
    this.#stop = this.#every(OPS_PERIOD_MS, step)
  }

  stop(): void {
    this.#stop?.()
  }

  past(): LoadPast {
    return this.#ring.past()
  }

  #point(): LoadPoint {
    const { queueDepth, loopDelay, clients, slowClients } = this.#sources
    const [before, now] = [this.#before, this.#count()]
    this.#before = now
    const seconds = Math.max(1, now.atMs - before.atMs) / 1_000
    const rate = (name: 'lost' | keyof Counted) => (now[name] - before[name]) / seconds
    const flushes = now.flushes - before.flushes
    const flushed = now.messagesFlushed - before.messagesFlushed
    const { p50, p99, max } = loopDelay()
    const { rss, heapUsed } = process.memoryUsage()
    return {
      time: Date.now(),
      messages: rate('messagesReceived'),
      updates: rate('updatesDelivered'),
      bytes: rate('bytesWritten'),
      lost: rate('lost'),
      // A flush empties the queue: what one takes on average is how full the queue gets.
      queueMessages: flushes === 0 ? queueDepth() : flushed / flushes,
      loopP50Ms: p50,
      loopP99Ms: p99,
      loopMaxMs: max,
      clients: clients(),
      slowClients: slowClients(),
      rssBytes: rss,
      heapBytes: heapUsed
    }
  }

  #count(): Counted & { readonly lost: number; readonly atMs: number } {
    const { counters, now } = this.#sources
    const { messagesReceived, updatesDelivered, bytesWritten, messagesFlushed, flushes } = counters
    const { messagesDropped, producerMessagesDropped, clientUpdatesDropped } = counters
    const lost = messagesDropped + producerMessagesDropped + clientUpdatesDropped
    return { messagesReceived, updatesDelivered, bytesWritten, messagesFlushed, flushes, lost, atMs: now() }
  }
}
