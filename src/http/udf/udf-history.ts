import { Type } from 'typebox'
import type { Interval } from '../../market/candle-interval.ts'
import type { Candle } from '../../protocol/market-data.ts'
import type { CandleReader } from '../candle-reader.ts'
import { HttpProblem } from '../problems.ts'
import type { RouteApp } from '../route-app.ts'
import type { SymbolDirectory, SymbolEntry } from '../symbol-directory.ts'
import { parseTicker } from '../ticker-name.ts'
import { udfErrorResponse } from './udf-errors.ts'
import { intervalOf } from './udf-resolution.ts'

/** Most bars of one answer; a chart asks for older ones by itself. */
const maxBars = 5_000
const daySeconds = 86_400

const Numbers = (description: string) => Type.Array(Type.Number(), { description })

const BarsSchema = Type.Object({
  s: Type.Literal('ok'),
  t: Numbers('Start of each bar, seconds since the Unix epoch, ascending'),
  o: Numbers('First price'),
  h: Numbers('Highest price'),
  l: Numbers('Lowest price'),
  c: Numbers('Last price'),
  v: Numbers('Volume')
})
const NoBarsSchema = Type.Object({
  s: Type.Literal('no_data'),
  nextTime: Type.Optional(Type.Integer({ description: 'Start of the newest bar before the range, seconds' }))
})
const HistorySchema = Type.Union([BarsSchema, NoBarsSchema], { description: 'Bars, or that there are none' })

/** Seconds may be negative: charts ask for years before there were computers. */
const Seconds = (description: string) => Type.Number({ description: `${description}, seconds since the Unix epoch` })

/** Bars for TradingView's charts. Intervals without a trade have none. */
export function addUdfHistory(app: RouteApp, directory: SymbolDirectory, reader: CandleReader): void {
  app.get(
    '/history',
    {
      schema: {
        tags: ['tradingview'],
        summary: 'Bars of a symbol',
        description:
          `The newest ones of the range, at most ${maxBars}, the one in progress included. \`from\` is inclusive, ` +
          '`to` exclusive; with `countback` it is that many bars before `to`, wherever they begin.',
        querystring: Type.Object({
          symbol: Type.String(),
          resolution: Type.String({ examples: ['1S', '1', '60', '1D'] }),
          from: Seconds('Start of the range'),
          to: Seconds('End of the range'),
          countback: Type.Optional(Type.Integer({ minimum: 0, description: 'Bars before `to`; wins over `from`' }))
        }),
        response: {
          200: HistorySchema,
          400: udfErrorResponse('The query is wrong'),
          404: udfErrorResponse('There is no such symbol'),
          503: udfErrorResponse('Too much to do, or the history cannot be read; ask again')
        }
      }
    },
    async ({ query, signal }) => {
      // What no producer publishes may be stored all the same, e.g. by a backfill; then any resolution may be.
      const published = directory.find(query.symbol)
      const { venue, symbol } = published ?? parseTicker(query.symbol) ?? symbolOf(directory, query.symbol)
      const interval = intervalOf(query.resolution)
      const isOffered = interval && (!published || reader.intervals(venue, symbol).includes(interval))
      if (interval === undefined || !isOffered) {
        throw new HttpProblem('badRequest', `resolution: ${query.resolution} is not among those of ${query.symbol}`)
      }
      const wish = { venue, symbol, interval, ...rangeOf(query), isForward: false, fill: false }
      const { candles } = await reader.read(wish, signal)
      if (candles.length > 0) return barsOf(interval, candles)
      const last = await reader.previous(venue, symbol, interval, wish.from ?? wish.to, signal)
      const nothing = { s: 'no_data' as const }
      return last === undefined ? nothing : { ...nothing, nextTime: barTime(interval, last) }
    }
  )
}

/** @throws HttpProblem `unknownChannel`, which UDF calls `unknown_symbol`. */
export function symbolOf(directory: SymbolDirectory, name: string): SymbolEntry {
  const entry = directory.find(name)
  if (entry === undefined) throw new HttpProblem('unknownChannel', `There is no symbol ${name}`)
  return entry
}

function rangeOf({ from, to, countback = 0 }: { from: number; to: number; countback?: number }) {
  const end = Math.max(0, Math.ceil(to * 1_000))
  if (countback > 0) return { to: end, limit: Math.min(countback, maxBars) }
  return { from: Math.min(end, Math.max(0, Math.ceil(from * 1_000))), to: end, limit: maxBars }
}

function barsOf(interval: Interval, candles: readonly Candle[]) {
  return {
    s: 'ok' as const,
    t: candles.map(({ openTime }) => barTime(interval, openTime)),
    o: candles.map(({ open }) => Number(open)),
    h: candles.map(({ high }) => Number(high)),
    l: candles.map(({ low }) => Number(low)),
    c: candles.map(({ close }) => Number(close)),
    v: candles.map(({ volume }) => Number(volume))
  }
}

/** Charts want bars of a day and more at midnight UTC of their day, wherever the market's own midnight is. */
function barTime(interval: Interval, openTime: number): number {
  const seconds = Math.floor(openTime / 1_000)
  const isDaily = interval === '1d' || interval === '1w' || interval === '1M'
  return isDaily ? seconds - (seconds % daySeconds) : seconds
}
