import { Type } from 'typebox'
import {
  INDICATOR_NAMES,
  INDICATORS,
  type IndicatorKind,
  type IndicatorName,
  type IndicatorParameter
} from '../../market/indicator-catalog.ts'
import { type IndicatorReader, type IndicatorReading, indicatorParameters } from '../indicator-reader.ts'
import { problemResponse } from '../problems.ts'
import { answerRange, checkRange, HOLES, listText, NEXT_TIME, NOT_MODIFIED, POSITION } from '../range-answer.ts'
import type { RouteApp } from '../route-app.ts'
import { TICKER, tickerOf } from '../ticker-name.ts'
import { CANDLE_QUERY } from './candles.ts'

const ValueSchema = Type.Object(
  {
    openTime: Type.Integer({ description: 'Start of the candle, ms since the Unix epoch' }),
    closed: Type.Boolean({ description: 'False while the candle, and so the value, may change' })
  },
  {
    additionalProperties: { type: ['number', 'null'] },
    description: 'The fields of the indicator; null while there are too few candles before',
    examples: [{ openTime: 1_700_000_040_000, closed: true, rsi: 56.77 }]
  }
)

const IndicatorSchema = Type.Object(
  {
    symbol: TICKER,
    interval: Type.String({ examples: ['1m'] }),
    name: Type.String({ examples: ['rsi'] }),
    parameters: Type.Record(Type.String(), Type.Number(), { examples: [{ length: 14 }] }),
    seeding: Type.String({ description: 'How the series is begun' }),
    warmUp: Type.Object(
      { candles: Type.Integer(), wanted: Type.Integer() },
      {
        description:
          'Candles before the first value that were read for it, and how many it takes until values no longer depend ' +
          'on where the series began; with fewer, it was begun with the first candle that is stored'
      }
    ),
    values: Type.Array(ValueSchema, { description: 'One for each candle, newest last' }),
    next: NEXT_TIME,
    holes: HOLES,
    position: POSITION
  },
  { description: 'Values of an indicator, newest last' }
)

/** Indicators over candles of the past, each begun as its table entry says. */
export function addIndicatorRoutes(app: RouteApp, reader: IndicatorReader): void {
  app.get(
    '/api/v1/indicators',
    {
      schema: {
        tags: ['history'],
        summary: 'Indicators over candles of the past',
        description: [
          'Values are doubles, those of the whole history to 1e-9 wherever enough candles are stored before the range ' +
            '(`warmUp`). Intervals without a trade are passed over.',
          ...INDICATOR_NAMES.map(describe)
        ].join('\n\n'),
        querystring: Type.Object({
          ...CANDLE_QUERY,
          name: Type.Enum([...INDICATOR_NAMES] as IndicatorName[], { type: 'string', description: 'Which indicator' }),
          length: parameter('Candles that the indicator looks back on', INDICATORS.sma.parameters.length),
          fast: parameter('Length of the faster average of macd', INDICATORS.macd.parameters.fast),
          slow: parameter('Length of the slower average of macd', INDICATORS.macd.parameters.slow),
          signal: parameter('Length of the average of macd itself', INDICATORS.macd.parameters.signal),
          deviations: parameter('Width of the bands of bollinger', INDICATORS.bollinger.parameters.deviations)
        }),
        response: {
          200: Type.Unsafe<string>(IndicatorSchema),
          304: NOT_MODIFIED,
          400: problemResponse('The query is wrong'),
          404: problemResponse('No such candles are published or stored'),
          503: problemResponse('Too much to do, or the history cannot be read; ask again')
        }
      }
    },
    async (request, reply) => {
      const { symbol: ticker, name, length, fast, slow, signal, deviations, ...range } = request.query
      checkRange(range)
      const { venue, symbol } = tickerOf(ticker)
      const parameters = indicatorParameters(name, range.interval, { length, fast, slow, signal, deviations })
      const wish = { venue, symbol, ...range, isForward: range.from !== undefined, fill: false }
      const found = await reader.read(wish, name, parameters, request.signal)
      const { warmUp, reading } = found
      const { seeding } = INDICATORS[name]
      const about = { symbol: ticker, interval: range.interval, name, parameters, seeding, warmUp }
      const body = { ...about, next: reading.next, holes: reading.holes }
      return answerRange(request, reply, { ...reading, body, list: ['values', await listText(valuesOf(found))] })
    }
  )
}

/** JSON has no `NaN`; `JSON.stringify` makes null of it. */
function valuesOf({ reading, series }: IndicatorReading) {
  const fields = Object.entries(series)
  return reading.candles.map(({ openTime, closed }, index) => ({
    openTime,
    closed,
    ...Object.fromEntries(fields.map(([field, values]) => [field, values[index]]))
  }))
}

function parameter(description: string, { minimum, maximum, isInteger }: IndicatorParameter) {
  const options = { minimum, maximum, description }
  return Type.Optional(isInteger ? Type.Integer(options) : Type.Number(options))
}

function describe(name: IndicatorName): string {
  const { title, parameters, fields, seeding }: IndicatorKind = INDICATORS[name]
  const given = Object.entries(parameters).map(([key, value]) => `${key}=${value.default}`)
  const values = fields.map((field) => `\`${field}\``).join(', ')
  return `**${name}**(${given.join(', ')}): ${title}. Values: ${values}. Seeding: ${seeding}.`
}
