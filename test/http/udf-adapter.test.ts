import { describe, expect, it } from 'vitest'
import { candleOf, candlesFrom } from '../support/fake-history-view.ts'
import type { Past } from './past-fixture.ts'
import { minute, send, start, startUdf } from './udf-market.ts'

interface Bar {
  readonly time: number
  readonly close: number
}

/**
 * What TradingView's stock adapter does with the answers, as far as it matters: it looks at no status, takes all but
 * `ok` and `no_data` for errors, and in live mode polls for two bars and refuses to go back in time.
 */
class StockAdapter {
  readonly past: Past
  readonly heard: Bar[] = []
  #lastTime: number | undefined

  constructor(past: Past) {
    this.past = past
  }

  async getBars(from: number, to: number, countback: number): Promise<{ bars: Bar[]; nextTime?: number }> {
    const answer = await send(this.past, 'history', { symbol: 'SIM:AAPL', resolution: '1', from, to, countback })
    if (answer.s !== 'ok' && answer.s !== 'no_data') throw new Error(answer.errmsg)
    if (answer.s === 'no_data') return { bars: [], nextTime: answer.nextTime }
    const bars = answer.t.map((time: number, index: number) => {
      return { time: time * 1_000, close: Number.parseFloat(answer.c[index]) }
    })
    return { bars }
  }

  /** One poll of live mode at `now`, seconds. */
  async poll(now: number): Promise<void> {
    const { bars } = await this.getBars(now - 600, now, 2)
    const last = bars.at(-1)
    if (last === undefined || last.time < (this.#lastTime ?? 0)) return
    if (this.#lastTime !== undefined && last.time > this.#lastTime) {
      const previous = bars.at(-2)
      if (previous === undefined)
        throw new Error('Not enough bars in history for proper pulse update. Need at least 2.')
      this.heard.push(previous)
    }
    this.#lastTime = last.time
    this.heard.push(last)
  }
}

describe("TradingView's stock adapter", () => {
  it('resolves what it has searched for', async () => {
    const past = await startUdf()
    const [found] = await send(past, 'search', { query: 'AAPL', type: '', exchange: '', limit: 30 })
    const symbol = await send(past, 'symbols', { symbol: found.ticker })
    expect(symbol.s).toBeUndefined()
    expect(`${symbol.listed_exchange}:${symbol.name}`).toBe('SIM:AAPL')
    expect(symbol).toMatchObject({ minmov: 1, session: '24x7', has_intraday: true })
  })

  it('shows unknown_symbol for a symbol that is not there', async () => {
    const answer = await send(await startUdf(), 'symbols', { symbol: 'ZZZ' })
    expect(answer.s).toBeDefined()
  })

  it('loads a chart from now on back, and stops where there is no more', async () => {
    const past = await startUdf()
    const candles = candlesFrom(start, minute, 1_000)
    past.history.addCandles('candle:SIM:AAPL:1m', candles)
    const adapter = new StockAdapter(past)
    let to = start / 1_000 + 1_000 * 60
    const bars: Bar[] = []
    for (;;) {
      const page = await adapter.getBars(to - 18_000, to, 300)
      if (page.bars.length === 0) {
        expect(page.nextTime).toBeUndefined()
        break
      }
      bars.unshift(...page.bars)
      to = (page.bars[0]?.time ?? 0) / 1_000
    }
    expect(bars.map(({ time }) => time)).toEqual(candles.map(({ openTime }) => openTime))
  })

  it('jumps over a weekend by nextTime when it asks without countback', async () => {
    const past = await startUdf()
    const monday = start / 1_000 + 3 * 86_400
    const adapter = new StockAdapter(past)
    const { bars, nextTime = 0 } = await adapter.getBars(monday - 3_600, monday, 0)
    expect(bars).toEqual([])
    expect((await adapter.getBars(nextTime, nextTime + 1, 0)).bars).toHaveLength(1)
  })

  it('hears each bar through to its last price in live mode, and never an older one after a newer', async () => {
    const past = await startUdf()
    const adapter = new StockAdapter(past)
    const clock = (n: number) => start / 1_000 + n * 60 + 30
    const live = (count: number, close: string) => {
      const closed = Array.from({ length: count - 1 }, (_, n) => candleOf(start + n * minute, n, { close: `${n}.99` }))
      const open = candleOf(start + (count - 1) * minute, count - 1, { close, closed: false })
      past.history.addCandles('candle:SIM:AAPL:1m', [...closed, open])
    }
    live(3, '2.10')
    await adapter.poll(clock(2))
    live(3, '2.50')
    await adapter.poll(clock(2))
    live(4, '3.10')
    await adapter.poll(clock(3))
    // The clock of the browser is behind: the new bar is not in its range yet.
    await adapter.poll(clock(2))
    expect(adapter.heard.map(({ close }) => close)).toEqual([2.1, 2.5, 2.99, 3.1])
  })

  it('reads the time', async () => {
    const past = await startUdf()
    expect(await send(past, 'time')).toBe(Math.floor(past.history.time / 1_000))
  })
})
