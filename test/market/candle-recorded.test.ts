import { describe, expect, it } from 'vitest'
import { usEquities } from '../../src/market/calendar-us-equities.ts'
import { CandleBuilder } from '../../src/market/candle-builder.ts'
import { resampleCandles } from '../../src/market/candle-resample.ts'
import type { Candle } from '../../src/protocol/market-data.ts'
import { recording } from '../flow/support/shared-data.ts'
import { unzipText } from './unzip.ts'

/** Midnight in New York, from which the times of the recording count. */
const MIDNIGHT = Date.parse('2013-10-07T04:00:00Z')
const calendar = usEquities()
const folder = recording('ibm-us-equity-day')

const rowsOf = (name: string) =>
  unzipText(`${folder}/${name}.zip`)
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number))

/** Columns of a row as candles; prices come in 1/10000 dollar. */
function candlesOf(rows: readonly (readonly number[])[], firstColumn: number): Candle[] {
  return rows.map((row) => {
    const [open = '', high = '', low = '', close = ''] = row
      .slice(firstColumn, firstColumn + 4)
      .map((price) => (price / 10_000).toFixed(4))
    const sums = { volume: '0', quoteVolume: '0', trades: 0, takerBuyVolume: '0', vwap: close }
    return { openTime: MIDNIGHT + (row[0] ?? 0), open, high, low, close, ...sums, closed: true }
  })
}

/** The minutes that differ from their seconds put together, as `time column`. */
function differences(seconds: readonly Candle[], minutes: readonly Candle[]): string[] {
  const made = resampleCandles(seconds, '1s', '1m', calendar)
  expect(made.map(({ openTime }) => openTime)).toEqual(minutes.map(({ openTime }) => openTime))
  return minutes.flatMap((minute, index) =>
    (['open', 'high', 'low', 'close'] as const)
      .filter((column) => made[index]?.[column] !== minute[column])
      .map((column) => `${new Date(minute.openTime).toISOString()} ${column}`)
  )
}

describe.skipIf(folder === undefined)('A recorded day of IBM', () => {
  it('has minutes of quotes that are exactly its seconds put together', () => {
    const seconds = rowsOf('ibm_second_20131007_quote')
    const minutes = rowsOf('ibm_minute_20131007_quote')

    expect(minutes).toHaveLength(554)
    for (const column of [1, 6]) {
      expect(differences(candlesOf(seconds, column), candlesOf(minutes, column))).toEqual([])
    }
  })

  it('has minutes of trades that are its seconds put together, but for the official open and close', () => {
    const seconds = candlesOf(rowsOf('ibm_second_20131007_trade'), 1)
    const minutes = candlesOf(rowsOf('ibm_minute_20131007_trade'), 1)
    const { startMs = 0, endMs = 0 } = calendar.sessionOf(minutes[0]?.openTime ?? 0) ?? {}

    expect(minutes).toHaveLength(453)
    // The exchange's auction sets these two, and the recording has them in its minutes only.
    expect(differences(seconds, minutes)).toEqual([
      `${new Date(startMs).toISOString()} open`,
      `${new Date(endMs - 60_000).toISOString()} close`
    ])
  })

  it('has hours that begin at half past nine, and every share in the candle of the day', () => {
    const builder = new CandleBuilder({ calendar })
    const hours = new Set<number>()
    const rows = rowsOf('ibm_tick_20131007_trade')
    for (const [index, [time = 0, price = 0, size = 0]] of rows.entries()) {
      const trade = { id: String(index), price: (price / 10_000).toFixed(4), size: String(size), side: 'buy' } as const
      const finals = builder.add(trade, MIDNIGHT + time) ?? []
      for (const { interval, candle } of finals) if (interval === '1h') hours.add(candle.openTime)
    }
    const day = builder.current().find(({ interval }) => interval === '1d')?.candle

    expect(day).toMatchObject({ openTime: MIDNIGHT, trades: 24_293 })
    expect(day?.volume).toBe(String(rows.reduce((sum, [, , size = 0]) => sum + size, 0)))
    expect(hours.has(Date.parse('2013-10-07T13:30:00Z'))).toBe(true)
    expect([...hours].every((openTime) => (openTime - MIDNIGHT) % 3_600_000 === 1_800_000)).toBe(true)
    expect(builder.tooLateCount).toBe(0)
  })
})
