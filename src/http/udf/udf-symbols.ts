import { type Static, Type } from 'typebox'
import type { Interval } from '../../market/candle-interval.ts'
import type { CalendarName } from '../../protocol/calendar-rule.ts'
import type { Precision, SymbolEntry } from '../symbol-directory.ts'
import { resolutionOf } from './udf-resolution.ts'

/** Symbol as TradingView's charts want it (`LibrarySymbolInfo`). */
export const UdfSymbolSchema = Type.Object(
  {
    name: Type.String({ examples: ['AAPL'] }),
    ticker: Type.String({ description: 'What the other requests name it by', examples: ['SIM:AAPL'] }),
    full_name: Type.String({ examples: ['SIM:AAPL'] }),
    description: Type.String(),
    type: Type.String({ examples: ['stock'] }),
    session: Type.String({ examples: ['24x7'] }),
    timezone: Type.String({ examples: ['Etc/UTC'] }),
    exchange: Type.String(),
    listed_exchange: Type.String(),
    minmov: Type.Integer(),
    pricescale: Type.Integer({ description: 'The smallest step of the price is minmov / pricescale' }),
    has_intraday: Type.Boolean(),
    has_seconds: Type.Boolean(),
    seconds_multipliers: Type.Array(Type.String()),
    intraday_multipliers: Type.Array(Type.String()),
    has_daily: Type.Boolean(),
    has_weekly_and_monthly: Type.Boolean(),
    has_empty_bars: Type.Boolean(),
    supported_resolutions: Type.Array(Type.String()),
    volume_precision: Type.Integer(),
    data_status: Type.String(),
    format: Type.String()
  },
  { description: 'Symbol' }
)
export type UdfSymbol = Static<typeof UdfSymbolSchema>

const SESSIONS: Readonly<Record<CalendarName, { readonly session: string; readonly timezone: string }>> = {
  utc: { session: '24x7', timezone: 'Etc/UTC' },
  'us-equities': { session: '0930-1600', timezone: 'America/New_York' }
}

/** Largest number of decimals that charts take. */
const maxDecimals = 15

/** All that a chart needs to know of a symbol. */
export function udfSymbol(
  entry: SymbolEntry,
  intervals: readonly Interval[],
  precision: Precision,
  calendar: CalendarName
): UdfSymbol {
  const { ticker, venue, symbol } = entry
  const resolutions = intervals.map(resolutionOf)
  const minutes = resolutions.filter((resolution) => /^\d+$/.test(resolution))
  const seconds = resolutions.filter((resolution) => resolution.endsWith('S'))
  return {
    name: symbol,
    ticker,
    full_name: ticker,
    description: `${symbol} on ${venue}`,
    type: typeOf(symbol),
    ...SESSIONS[calendar],
    exchange: venue,
    listed_exchange: venue,
    minmov: 1,
    pricescale: 10 ** Math.min(precision.price, maxDecimals),
    has_intraday: minutes.length + seconds.length > 0,
    has_seconds: seconds.length > 0,
    seconds_multipliers: seconds.map((resolution) => resolution.replace('S', '')),
    intraday_multipliers: minutes,
    has_daily: resolutions.includes('1D'),
    has_weekly_and_monthly: resolutions.includes('1W') && resolutions.includes('1M'),
    has_empty_bars: false,
    supported_resolutions: resolutions,
    volume_precision: Math.min(precision.size, maxDecimals),
    data_status: 'streaming',
    format: 'price'
  }
}

/** Venues write pairs of currencies with a dash (`BTC-USDT`), stocks without one. */
export function typeOf(symbol: string): 'crypto' | 'stock' {
  return symbol.includes('-') ? 'crypto' : 'stock'
}
