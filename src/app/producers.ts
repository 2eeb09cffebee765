import type { Catalog } from '../broadcast/catalog.ts'
import type { Tickerplant } from '../broadcast/tickerplant.ts'
import { calendarRules } from '../config/calendar-rules.ts'
import type { Settings } from '../config/settings.ts'
import type { HistoryClient } from '../history/history-client.ts'
import type { CreditDesk } from '../ingest/credit-desk.ts'
import type { ProducerSpec } from '../protocol/producer-spec.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Every } from '../telemetry/pulse.ts'
import { Producer } from '../threads/producer.ts'
import { ThreadPool } from '../threads/thread-pool.ts'
import { connectLife, isRestored } from './producer-life.ts'

/** Time between two looks at the producers, ms. */
const WATCH_MS = 200
/** A held replay begins so long after its first subscriber, who may have more to subscribe to, ms. */
const RELEASE_DELAY_MS = 250
/** Longest time a client that comes before the producers waits for their channels, ms. */
const OPEN_TIMEOUT_MS = 5_000
/** Least credit of a producer, messages. */
const MIN_CREDIT = 64

export interface ProducersOptions {
  readonly specs: readonly ProducerSpec[]
  readonly settings: Pick<
    Settings,
    'queue' | 'maxProducers' | 'maxProducerMb' | 'staleMs' | 'hangMs' | 'deriveMs' | 'maxDerivedSymbols' | 'calendars'
  >
  /** Absent when nothing is kept. */
  readonly history: HistoryClient | undefined
  readonly tickerplant: Tickerplant
  readonly catalog: Catalog
  readonly creditDesk: CreditDesk
  readonly counters: Counters
  readonly log: Logger
  /** Monotonic clock, ms. */
  readonly now: () => number
  readonly every: Every
}

/** All producers: joins each life of each of them to ingest and tickerplant, and watches over them. */
export class Producers {
  readonly list: readonly Producer[]
  readonly #options: ProducersOptions
  readonly #pool: ThreadPool
  readonly #timers = new Set<NodeJS.Timeout>()
  /** Producers of which somebody holds a channel, or has held one. */
  readonly #held = new Set<string>()
  #stopWatching: (() => void) | undefined
  #lastLookMs = 0
  #onOpened: () => void = () => undefined
  /** Resolves when every producer has declared its channels, or after a while. */
  readonly opened: Promise<void>

  constructor(options: ProducersOptions) {
    this.#options = options
    const { specs, settings, catalog, history, counters, log, now, every } = options
    this.#pool = new ThreadPool({
      maxThreads: settings.maxProducers,
      maxThreadMb: settings.maxProducerMb,
      onError: (error) => log.error(error, 'a producer thread failed'),
      every
    })
    const credit = Math.max(MIN_CREDIT, Math.floor(settings.queue / Math.max(1, specs.length)))
    this.list = specs.map(
      (spec) =>
        new Producer({
          ...settings,
          spec,
          run: this.#pool.run,
          credit,
          derive: {
            deriveMs: settings.deriveMs,
            maxSymbols: settings.maxDerivedSymbols,
            calendars: calendarRules(settings.calendars),
            isRestored: history !== undefined && isRestored(spec)
          },
          connect: (producer, epoch, port, commands) => {
            const onOpened = () => {
              if (this.#held.has(spec.name)) this.#releaseSoon(producer)
              if (this.list.every(({ state }) => state !== 'starting')) this.#onOpened()
            }
            return connectLife(producer, epoch, port, commands, { ...options, onOpened })
          },
          onQuality: (source, quality, cause) => {
            if (cause === 'producer_dead' || cause === 'producer_hung') counters.producerFailures += 1
            // Said of a whole producer only when it has come to its end.
            if (quality === 'closed') catalog.end(source)
            const owned = catalog.ownedBy(source)
            // A message on one channel says nothing of another whose trouble is its own.
            const silent = owned.filter((channel) => channel.cause === 'venue_silent')
            catalog.setQuality(quality === 'live' ? silent : owned, quality, cause)
          },
          isSessionClosed: () => {
            const owned = catalog.ownedBy(spec.name)
            return owned.length > 0 && owned.every(({ quality }) => quality === 'closed')
          },
          log: (level, text) => log[level](text),
          now
        })
    )
    const { promise, resolve } = Promise.withResolvers<void>()
    this.opened = promise
    this.#onOpened = resolve
  }

  start(): void {
    for (const producer of this.list) producer.start()
    this.#later(OPEN_TIMEOUT_MS, () => this.#onOpened())
    this.#stopWatching = this.#options.every(WATCH_MS, () => this.#look())
    if (this.list.length === 0) this.#onOpened()
  }

  /** A client subscribed to a channel of this producer: a held replay may begin, or will not be held at all. */
  onHeld(source: string): void {
    this.#held.add(source)
    const producer = this.#find(source)
    if (producer !== undefined) this.#releaseSoon(producer)
  }

  /** Tells a producer which of its channels on demand are wanted, or not any more. */
  setInterest(source: string, channels: readonly string[], isWanted: boolean): void {
    this.#find(source)?.setInterest(channels, isWanted)
  }

  async stop(): Promise<void> {
    this.#stopWatching?.()
    for (const timer of this.#timers) clearTimeout(timer)
    this.#onOpened()
    await Promise.all(this.list.map((producer) => producer.stop()))
    await this.#pool.stop()
  }

  /** A look that comes late itself proves nothing: what the threads sent still waits at their ports. */
  #look(): void {
    const nowMs = this.#options.now()
    const isLate = nowMs - this.#lastLookMs > 2 * WATCH_MS
    this.#lastLookMs = nowMs
    if (isLate) return
    for (const producer of this.list) producer.watch()
  }

  #find(source: string): Producer | undefined {
    return this.list.find(({ spec }) => spec.name === source)
  }

  #releaseSoon(producer: Producer): void {
    if (producer.state === 'holding') this.#later(RELEASE_DELAY_MS, () => producer.release())
  }

  #later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, ms)
    this.#timers.add(timer)
  }
}
