import type { BuiltCandle } from '../../src/market/candle-aggregate.ts'
import type { Interval } from '../../src/market/candle-interval.ts'
import type { Trade } from '../../src/protocol/market-data.ts'
import { scaled } from './decimal-oracle.ts'

export interface TimedTrade {
  readonly timeMs: number
  readonly trade: Trade
}

const decimalsOf = (text: string) => text.split('.')[1]?.length ?? 0
const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)

/** A value in units of 10^-`places` with some decimals, the rest cut off. Not for negative values. */
function textOf(value: bigint, places: number, decimals: number): string {
  const digits = (value / 10n ** BigInt(places - decimals)).toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  return decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`
}

/** What trades make, given in the order they arrived: sorted, then every number worked out from the whole list. */
export function summarise(trades: readonly TimedTrade[]) {
  // The sort is stable: trades of equal times stay in the order they arrived.
  const sorted = trades.toSorted((a, b) => a.timeMs - b.timeMs).map(({ trade }) => trade)
  const [first] = sorted
  const last = sorted.at(-1)
  if (first === undefined || last === undefined) throw new Error('expected trades, found none')
  // Of equal prices the one that arrived first, should they be spelled differently.
  const prices = trades.map(({ trade }) => trade.price)
  const high = prices.reduce((best, price) => (scaled(price) > scaled(best) ? price : best))
  const low = prices.reduce((best, price) => (scaled(price) < scaled(best) ? price : best))
  const volume = sum(sorted.map(({ size }) => scaled(size)))
  const quote = sum(sorted.map(({ price, size }) => scaled(price) * scaled(size)))
  const sizeDecimals = Math.max(...sorted.map(({ size }) => decimalsOf(size)))
  const quoteDecimals = Math.max(...sorted.map(({ price, size }) => decimalsOf(price) + decimalsOf(size)))
  const vwapDecimals = Math.max(8, decimalsOf(last.price))
  const buys = sorted.filter(({ side }) => side === 'buy').map(({ size }) => scaled(size))
  return {
    open: first.price,
    high,
    low,
    close: last.price,
    volume: textOf(volume, 40, sizeDecimals),
    quoteVolume: textOf(quote, 80, Math.min(8, quoteDecimals)),
    trades: sorted.length,
    takerBuyVolume: textOf(sum(buys), 40, sizeDecimals),
    vwap: volume === 0n ? last.price : textOf((quote * 10n ** 40n) / volume, 80, vwapDecimals)
  }
}

/** Start and end of an interval, found by stepping through the calendar. */
function slowSpan(interval: Interval, timeMs: number): readonly [number, number] {
  const day = new Date(timeMs).toISOString().slice(0, 10)
  const next = (date: string, days: number) => new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10)
  if (interval === '1M') {
    let end = next(day, 1)
    while (!end.endsWith('-01')) end = next(end, 1)
    return [Date.parse(`${day.slice(0, 8)}01`), Date.parse(end)]
  }
  if (interval === '1w') {
    let monday = day
    while (new Date(monday).getUTCDay() !== 1) monday = next(monday, -1)
    return [Date.parse(monday), Date.parse(next(monday, 7))]
  }
  const unit = interval.slice(-1)
  const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? 0
  const lengthMs = Number(interval.slice(0, -1)) * unitMs
  // Seconds are counted from the minute, minutes from the hour, and hours from midnight.
  let start = timeMs - (timeMs % ({ s: 60_000, m: 3_600_000 }[unit] ?? 86_400_000))
  while (start + lengthMs <= timeMs) start += lengthMs
  return [start, start + lengthMs]
}

/** One interval's candles, kept as lists of trades, and the rules of when they are closed, kept, and partial. */
export class SlowSeries {
  readonly #interval: Interval
  readonly #lateWindowMs: number
  readonly #trades = new Map<number, TimedTrade[]>()
  readonly #partial = new Set<number>()
  #currentMs: number | undefined
  #closedUntilMs = -Infinity
  #firstMs = Infinity

  constructor(interval: Interval, lateWindowMs: number) {
    this.#interval = interval
    this.#lateWindowMs = lateWindowMs
  }

  /** @returns the candles that are final by this trade; `undefined` when it came too late. */
  add(timed: TimedTrade, newestMs: number, knownSinceMs: number): BuiltCandle[] | undefined {
    const [startMs, endMs] = slowSpan(this.#interval, timed.timeMs)
    const isLate = startMs < (this.#currentMs ?? this.#closedUntilMs)
    if (isLate && (startMs < this.#firstMs || endMs + this.#lateWindowMs <= newestMs)) return undefined
    const finals = isLate || startMs === this.#currentMs ? [] : this.close()
    const held = this.#trades.get(startMs)
    if (held === undefined && startMs < knownSinceMs) this.#partial.add(startMs)
    this.#trades.set(startMs, [...(held ?? []), timed])
    if (isLate) return [{ ...this.#candle(startMs, true), corrected: true }]
    this.#currentMs = startMs
    this.#firstMs = Math.min(this.#firstMs, startMs)
    return finals
  }

  close(untilMs = Infinity): BuiltCandle[] {
    if (this.#currentMs === undefined) return []
    const [startMs, endMs] = slowSpan(this.#interval, this.#currentMs)
    if (endMs > untilMs) return []
    this.#currentMs = undefined
    this.#closedUntilMs = endMs
    return [this.#candle(startMs, true)]
  }

  interrupt(): void {
    if (this.#currentMs !== undefined) this.#partial.add(this.#currentMs)
  }

  current(): BuiltCandle[] {
    return this.#currentMs === undefined ? [] : [this.#candle(this.#currentMs, false)]
  }

  #candle(openTime: number, closed: boolean): BuiltCandle {
    const candle = { openTime, ...summarise(this.#trades.get(openTime) ?? []), closed }
    return this.#partial.has(openTime) ? { ...candle, partial: true } : candle
  }
}
