import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Journal } from '../broadcast/journal.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Cohort } from './cohort.ts'
import { Lane, type MergeBudget } from './lane.ts'
import type { MessageList } from './placed-messages.ts'

/** The rates a client can be granted, Hz, beside one update per flush. */
const RATES_HZ = [50, 25, 20, 10, 5, 4, 2, 1, 0.5, 0.2, 0.1] as const

/** Messages of order books that are read and merged in one flush, for all rates together. */
const MAX_MERGED = 2_000

/** All lanes: the full one, and one for each rate that somebody was granted. */
export class Lanes {
  readonly full: Lane
  readonly #limited = new Map<number, Lane>()
  #list: readonly Lane[]
  #timer: NodeJS.Timeout | undefined
  #timerMs = 0
  #turn = 0

  /** @param fullRateHz flushes a second at most. */
  constructor(fullRateHz: number) {
    this.full = new Lane(fullRateHz, true)
    this.#list = [this.full]
  }

  /** The full lane first. */
  all(): readonly Lane[] {
    return this.#list
  }

  /**
   * What the lower rates have for a flush.
   *
   * @param counters where it is counted what was not sent one by one.
   * @returns the cohorts that get some of it.
   */
  collect(
    messages: MessageList,
    journal: Journal,
    nowMs: number,
    counters: Pick<Counters, 'rateMessagesMerged'>
  ): Cohort[] {
    const budget: MergeBudget = { messages: MAX_MERGED, merged: 0 }
    const cohorts: Cohort[] = []
    // Another one comes first each time, and has what it needs of the budget.
    const limited = this.#list.length - 1
    this.#turn += 1
    for (let n = 0; n < limited; n++) {
      const lane = this.#list[1 + ((this.#turn + n) % limited)] as Lane
      lane.hear(messages, nowMs)
      for (const cohort of lane.collect(journal, nowMs, budget)) cohorts.push(cohort)
    }
    counters.rateMessagesMerged += budget.merged
    return cohorts
  }

  /** Asks for a flush when the next lane may send, although nothing new may come until then. */
  schedule(nowMs: number, wake: () => void): void {
    const nextMs = Math.min(...this.#list.map((lane) => lane.nextMs))
    if (nextMs === Number.POSITIVE_INFINITY || (this.#timer !== undefined && this.#timerMs <= nextMs)) return
    clearTimeout(this.#timer)
    this.#timerMs = nextMs
    const fire = () => {
      this.#timer = undefined
      wake()
    }
    this.#timer = setTimeout(fire, Math.max(1, Math.ceil(nextMs - nowMs)))
    this.#timer.unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** The lane for a wish: the highest rate that is not above it, or the lowest of all; events as they come. */
  grant(channel: ChannelState, maxRateHz: number | undefined): Lane {
    if (maxRateHz === undefined || channel.contract === 'event') return this.full
    const slowest = RATES_HZ[RATES_HZ.length - 1] ?? 1
    const flushesHz = this.full.rateHz
    const fitting = RATES_HZ.find((rate) => rate <= maxRateHz && rate < flushesHz) ?? slowest
    const rateHz = maxRateHz >= flushesHz ? flushesHz : fitting
    const known = this.#limited.get(rateHz)
    if (known !== undefined) return known
    const lane = new Lane(rateHz, false)
    this.#limited.set(rateHz, lane)
    this.#list = [...this.#list, lane]
    return lane
  }
}

/** How many clients take a channel, at whatever rate. */
export function subscribersOf(channel: ChannelState, lanes: Lanes): number {
  let count = 0
  for (const { cohorts } of lanes.all()) {
    for (const number of cohorts.numbersOf(channel)) count += cohorts.at(number).size
  }
  return count
}
