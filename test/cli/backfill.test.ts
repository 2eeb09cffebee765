import { appendFileSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SqliteHistoryStore } from '../../src/history/history-store-sqlite.ts'
import type { Candle } from '../../src/protocol/market-data.ts'
import { recording } from '../flow/support/shared-data.ts'
import { getJson, startTestApp, until } from '../flow/support/test-app.ts'
import { STORE } from '../history/support/store-options.ts'
import { CliRun } from '../support/run-cli.ts'
import { candlesOf, randomTrades, recordingOf, temporaryFolder, writeSession } from './support/session-file.ts'

const TICKER = 'LAB:GOLD'
const START_MS = Date.UTC(2026, 0, 5, 9, 58, 30)
const seed = 20_260_105

/** All that is stored of a symbol, and its holes. */
function storedIn(file: string, ticker = TICKER) {
  const store = new SqliteHistoryStore({ file, ...STORE }, (text) => {
    throw new Error(text)
  })
  const trades = []
  let before: string | undefined
  do {
    const page = store.trades(`trade:${ticker}`, { limit: 20_000, ...(before !== undefined && { before }) })
    trades.unshift(...page.trades)
    before = page.before
  } while (before !== undefined)
  const candles = ['1s', '1m', '5m', '1h', '1d', '1w', '1M'].map((interval) => {
    const { candles, holes } = store.candles(`candle:${ticker}:${interval}`, { limit: 10_000 })
    return [interval, { candles, holes }] as const
  })
  store.close()
  return { trades, candles: Object.fromEntries(candles) as Record<string, (typeof candles)[0][1]> }
}

const backfill = (file: string, ...args: readonly string[]) => new CliRun('backfill', '--history-file', file, ...args)

/** A run that is ended in the middle by a signal, once something is written. */
async function endInTheMiddle(file: string, session: string, signal: NodeJS.Signals) {
  const run = backfill(file, session)
  const written = () => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
  await until(() => written() > 500_000, 'the first transactions')
  run.kill(signal)
  return run.result
}

describe('tickcast backfill', () => {
  it('stores trades and candles of a session in several files, so that a server answers with them', async () => {
    const folder = temporaryFolder()
    const trades = randomTrades(3_000, START_MS, 400, seed)
    const files = [
      writeSession(join(folder, 'a.ndjson.gz'), recordingOf(TICKER, trades.slice(0, 1_700))),
      writeSession(join(folder, 'b.ndjson'), recordingOf(TICKER, trades.slice(1_700)))
    ]
    const file = join(folder, 'new', 'h.sqlite')
    const { exitCode, stdout, stderr } = await backfill(file, ...files).result
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: `backfilling ${file}; Ctrl-C ends it\n` })
    expect(stdout).toContain('backfilled 3,002 lines')
    expect(stdout).toContain('trades   3,000 read, 3,000 new')
    expect(stdout).toContain(`${TICKER}  3,000 trades, ${new Date(trades[0]?.timeMs ?? 0).toISOString()} to `)
    expect(stdout).toContain('no input errors')

    const stored = storedIn(file)
    expect(stored.trades.map(({ time, id }) => [time, id])).toEqual(
      trades.map(({ timeMs, trade }) => [timeMs, trade.id])
    )
    for (const interval of ['1s', '1m', '5m'] as const) {
      expect(stored.candles[interval]).toEqual({ candles: candlesOf(trades, interval), holes: [] })
    }

    // Nobody publishes the symbol there.
    const app = await startTestApp({ historyFile: file, symbols: '1', rate: '1' })
    const query = `symbol=${TICKER}&interval=1m`
    const { candles, position } = await getJson<{ candles: Candle[]; position: null }>(app, `/api/v1/candles?${query}`)
    expect(candles).toEqual(candlesOf(trades, '1m'))
    expect(position).toBeNull()
    const range = `from=${START_MS / 1_000 - 60}&to=${START_MS / 1_000 + 3_600}`
    const bars = await getJson<{ s: string; t: number[]; c: number[] }>(
      app,
      `/udf/history?symbol=${TICKER}&resolution=1&${range}`
    )
    expect(bars.s).toBe('ok')
    expect(bars.t).toEqual(candles.map(({ openTime }) => openTime / 1_000))
    expect(bars.c).toEqual(candles.map(({ close }) => Number(close)))
    // Its command line in the summary is no invention.
    const path = /localhost:\d+(\S+?)'/.exec(stdout)?.[1]
    expect((await getJson<{ candles: Candle[] }>(app, path ?? '')).candles).toEqual(candles)
  })

  it('changes nothing when it is run again, and adds to what is stored when files overlap or lie apart', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'h.sqlite')
    const trades = randomTrades(2_000, START_MS, 400, seed + 1)
    const part = (name: string, from: number, to: number) =>
      writeSession(join(folder, name), recordingOf(TICKER, trades.slice(from, to)))
    const whole = part('whole', 0, 2_000)
    const [late, early, middle] = [part('late', 1_500, 2_000), part('early', 0, 600), part('middle', 400, 1_700)]
    const other = join(folder, 'other.sqlite')

    expect((await backfill(other, whole).result).exitCode).toBe(0)
    const expected = storedIn(other)
    const again = await backfill(other, whole).result
    expect(again.stdout).toContain('2,000 read, 0 new')
    expect(again.stdout).toContain('; 0 new or changed')
    expect(storedIn(other)).toEqual(expected)

    // The newest first, the oldest next: between them nothing is known until the middle comes.
    for (const one of [late, early]) expect((await backfill(file, one).result).exitCode).toBe(0)
    expect(storedIn(file).candles['1m']?.holes).toHaveLength(1)
    expect((await backfill(file, middle).result).exitCode).toBe(0)
    const merged = storedIn(file)
    const idsOf = (stored: typeof merged) => stored.trades.map(({ time, id }) => [time, id])
    expect(idsOf(merged)).toEqual(idsOf(expected))
    for (const interval of ['1s', '1m']) {
      // Where one recording ends within a candle, another holds all of it.
      const [found, wanted] = [merged, expected].map(({ candles }) => candles[interval]?.candles.slice(1, -1))
      expect(found).toEqual(wanted)
      expect(merged.candles[interval]?.holes).toEqual([])
    }
  })

  it('is complete and right when it is run again after it was killed, or ended by Ctrl-C', async () => {
    const folder = temporaryFolder()
    const trades = randomTrades(60_000, START_MS, 100, seed + 2)
    const session = writeSession(join(folder, 'long.ndjson'), recordingOf(TICKER, trades))
    const calm = join(folder, 'calm.sqlite')
    expect((await backfill(calm, session).result).exitCode).toBe(0)
    const expected = storedIn(calm)
    expect(expected.trades).toHaveLength(trades.length)

    for (const [signal, code] of [
      ['SIGKILL', null],
      ['SIGINT', 130]
    ] as const) {
      const file = join(folder, `${signal}.sqlite`)
      const { exitCode, stdout, stderr } = await endInTheMiddle(file, session, signal)
      expect({ signal, exitCode, stderr }).toMatchObject({ signal, exitCode: code })
      if (signal === 'SIGINT') expect(stdout).toContain('what was written stays; the same command again completes it')
      const { length } = storedIn(file).trades
      expect(length).toBeGreaterThan(0)
      expect(length).toBeLessThan(trades.length)

      const again = await backfill(file, session).result
      expect(again.stdout).toContain(`60,000 read, ${(trades.length - length).toLocaleString('en')} new`)
      expect(storedIn(file)).toEqual(expected)
    }
  })

  it('names the first lines that it could not use, with file and line, and stores the rest', async () => {
    const folder = temporaryFolder()
    const trades = randomTrades(20, START_MS, 400, seed)
    const session = writeSession(join(folder, 'a.ndjson'), recordingOf(TICKER, trades))
    appendFileSync(session, 'broken\n{"t":1}\n')
    const { exitCode, stdout } = await backfill(join(folder, 'h.sqlite'), session).result
    expect(exitCode).toBe(0)
    expect(stdout).toContain('20 read, 20 new')
    expect(stdout).toContain(`2 input errors:\n    ${session}:22: expected a JSON object`)
  })

  it('refuses what it cannot do with what was expected, found, and how to mend it', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'h.sqlite')
    const session = writeSession(join(folder, 'a.ndjson'), recordingOf(TICKER, randomTrades(5, START_MS, 400, seed)))
    const odd = writeSession(join(folder, 'odd.txt'), 'hello\n')
    const refusal = async (...args: readonly string[]) => {
      const { exitCode, stderr } = await new CliRun('backfill', ...args).result
      expect(stderr).not.toContain('    at ')
      return [exitCode, stderr.replace(/\s+/g, ' ')]
    }
    expect(await refusal()).toEqual([2, expect.stringContaining("missing required argument 'files'")])
    expect(await refusal(join(folder, 'none'))).toEqual([2, expect.stringContaining('Expected a recorded file')])
    expect(await refusal(session)).toEqual([2, expect.stringContaining('expected auto or the path of a file')])
    expect(await refusal(session, '--history-file', 'none')).toEqual([2, expect.stringContaining('historyFile')])
    expect(await refusal(session, '--history-file', file, '--calendars', 'moon')).toEqual([
      2,
      expect.stringContaining('calendars: expected')
    ])
    expect(await refusal(odd, '--history-file', file)).toEqual([
      1,
      expect.stringContaining(`Cannot replay ${odd}: expected a tickcast recording`)
    ])
    await startTestApp({ historyFile: file, symbols: '1', rate: '1' })
    expect(await refusal(session, '--history-file', file)).toEqual([
      1,
      expect.stringMatching(/must belong to one process; found: .* Stop the other one, or name another file/)
    ])
  })
})

const folder = recording('binance-spot-btcusdt-ws')

describe.skipIf(folder === undefined)('A backfill of a recorded Binance session', () => {
  const files = ['20240808', '20240809'].map((day) => `${folder}/spot_btcusdt_${day}.gz`)
  const ticker = 'BINANCE:BTC-USDT'
  const columnsOf = (candle: Candle) =>
    [
      ...[candle.openTime, candle.open, candle.high, candle.low, candle.close, candle.volume, candle.quoteVolume],
      ...[candle.takerBuyVolume, candle.trades]
    ].join()
  /** Rows of the reference, in the columns above. */
  const referenceOf = (interval: string) => {
    const [header = '', ...lines] = readFileSync(`${folder}/btcusdt_${interval}.csv`, 'utf8').trim().split('\n')
    const names = 'open_time,open,high,low,close,volume,quote_volume,taker_buy_volume,trades'.split(',')
    const places = names.map((name) => header.split(',').indexOf(name))
    return lines.map((line) => places.map((place) => line.split(',')[place]).join())
  }

  it('stores candles that equal the reference on every bar and column, and the same when it is run again', async () => {
    const file = join(temporaryFolder(), 'h.sqlite')
    expect((await backfill(file, ...files).result).exitCode).toBe(0)
    const stored = storedIn(file, ticker)
    expect(stored.trades).toHaveLength(19_904)
    for (const [interval, count] of [
      ['1s', 645],
      ['1m', 12],
      ['5m', 4]
    ] as const) {
      const reference = referenceOf(interval)
      expect(reference).toHaveLength(count)
      expect(stored.candles[interval]?.candles.map(columnsOf)).toEqual(reference)
    }
    expect((await backfill(file, ...files).result).stdout).toContain('19,904 read, 0 new')
    expect(storedIn(file, ticker)).toEqual(stored)
  })
})
