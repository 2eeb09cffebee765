import type { OpsProducer } from '../protocol/ops-events.ts'

/** A producer that has told its total no more recently than this publishes nothing that is known of, ms. */
const MAX_AGE_MS = 1_500

/** One producer with its running total, and when that was told. */
export interface MeteredProducer extends Omit<OpsProducer, 'messagesPerSecond'> {
  /** Monotonic ms. */
  readonly toldMs: number
}

interface Reading {
  readonly messages: number
  readonly toldMs: number
  readonly rate: number | null
}

/** Makes rates of the totals that producers tell four times a second. */
export class ProducerMeter {
  #before = new Map<string, Reading>()

  /**
   * The producers with their rates since the last reading at which there was news.
   *
   * @param nowMs monotonic.
   */
  read(producers: readonly MeteredProducer[], nowMs: number): OpsProducer[] {
    const seen = new Map<string, Reading>()
    const read = producers.map(({ toldMs, ...producer }) => {
      const { name, messages } = producer
      const rate = rateOf(this.#before.get(name), messages, toldMs)
      seen.set(name, { messages, toldMs, rate })
      return { ...producer, messagesPerSecond: nowMs - toldMs > MAX_AGE_MS ? 0 : rate }
    })
    this.#before = seen
    return read
  }

  /** Forgets what was read: the next reading has no rates. */
  reset(): void {
    this.#before.clear()
  }
}

function rateOf(before: Reading | undefined, messages: number, toldMs: number): number | null {
  if (before === undefined) return null
  if (toldMs <= before.toldMs) return before.rate
  return ((messages - before.messages) * 1_000) / (toldMs - before.toldMs)
}
