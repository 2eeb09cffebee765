import {
  CandlestickSeries,
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  type LogicalRange,
  type UTCTimestamp
} from 'lightweight-charts'
import type { Candle } from '../../client/index.ts'
import { decimalsOf } from '../decimal-text.ts'
import { type ChartColors, chartColors, chartOptions, timeOptions } from './chart-look.ts'
import { lastMovingAverage, movingAverages } from './moving-average.ts'

/** A candle in numbers, as the chart draws it. */
export interface CandleBar {
  readonly time: UTCTimestamp
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

/** Bars before the first one in sight, below which older ones are asked for. */
const HISTORY_MARGIN_BARS = 40

interface AverageLine {
  readonly period: number
  readonly series: ISeriesApi<'Line'>
}

/** Draws candles, their volumes and moving averages; the only place that knows the charting library. */
export class CandleChart {
  readonly #chart: IChartApi
  readonly #candles: ISeriesApi<'Candlestick'>
  readonly #volumes: ISeriesApi<'Histogram'>
  #averages: AverageLine[] = []
  #colors: ChartColors = chartColors()
  #bars: CandleBar[] = []
  #closes: number[] = []
  #decimals = 0

  /** `onNearStart` is told when the user comes near the oldest bar; `onPoint` which bar is pointed at. */
  constructor(container: HTMLElement, onNearStart: () => void, onPoint: (bar: CandleBar | undefined) => void) {
    this.#chart = createChart(container, chartOptions(this.#colors))
    this.#candles = this.#chart.addSeries(CandlestickSeries, { borderVisible: false })
    this.#volumes = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume',
      priceFormat: { type: 'volume' },
      lastValueVisible: false,
      priceLineVisible: false
    })
    this.#volumes.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } })
    this.#paint()
    matchMedia('(prefers-color-scheme: light)').addEventListener('change', () => this.#paint())
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range: LogicalRange | null) => {
      if (range !== null && this.#bars.length > 0 && range.from < HISTORY_MARGIN_BARS) onNearStart()
    })
    this.#chart.subscribeCrosshairMove(({ time }) => {
      onPoint(time === undefined ? undefined : this.#bars.find((bar) => bar.time === time))
    })
  }

  /** The bars that are drawn, oldest first. */
  get bars(): readonly CandleBar[] {
    return this.#bars
  }

  /** Decimals of the prices. */
  get decimals(): number {
    return this.#decimals
  }

  /** Begins anew with another symbol or interval. */
  reset(isIntraday: boolean, hasSeconds: boolean): void {
    this.#decimals = 0
    this.#setBars([])
    this.#chart.applyOptions(timeOptions(isIntraday, hasSeconds))
    this.#chart.timeScale().resetTimeScale()
    this.#candles.priceScale().applyOptions({ autoScale: true })
  }

  /** Draws these candles, oldest first, in place of all before; what is in sight stays in sight. */
  setCandles(candles: readonly Candle[]): void {
    for (const candle of candles) this.#noteDecimals(candle)
    this.#setBars(candles.map(barOf))
  }

  /** Draws the newest candle, or a further one; also a correction of one that is there. */
  update(candle: Candle): void {
    this.#noteDecimals(candle)
    const bar = barOf(candle)
    const newest = this.#bars.at(-1)
    if (newest !== undefined && bar.time < newest.time) this.#correct(bar)
    else this.#append(bar, bar.time === newest?.time)
  }

  /** Draws the moving averages of these periods, and no others. */
  setAverages(periods: readonly number[]): void {
    for (const { series } of this.#averages) this.#chart.removeSeries(series)
    this.#averages = periods.map((period, index) => ({
      period,
      series: this.#chart.addSeries(LineSeries, {
        color: this.#averageColor(index),
        lineWidth: 1,
        lastValueVisible: false,
        priceLineVisible: false,
        crosshairMarkerVisible: false
      })
    }))
    this.#drawAverages()
  }

  #averageColor(index: number): string {
    return this.#colors.averages[index] ?? this.#colors.text
  }

  #append(bar: CandleBar, isInPlace: boolean): void {
    const index = isInPlace ? this.#bars.length - 1 : this.#bars.length
    this.#bars[index] = bar
    this.#closes[index] = bar.close
    this.#candles.update(bar)
    this.#volumes.update(this.#volumeOf(bar))
    for (const { period, series } of this.#averages) {
      const value = lastMovingAverage(this.#closes, period)
      if (value !== undefined) series.update({ time: bar.time, value })
    }
  }

  /** A late trade changed a bar of the past; one that was not there before takes its place among the others. */
  #correct(bar: CandleBar): void {
    const index = this.#bars.findIndex(({ time }) => time >= bar.time)
    const isThere = this.#bars[index]?.time === bar.time
    const bars = [...this.#bars]
    bars.splice(index, isThere ? 1 : 0, bar)
    this.#setBars(bars)
  }

  #setBars(bars: CandleBar[]): void {
    this.#bars = bars
    this.#closes = bars.map(({ close }) => close)
    this.#candles.setData(bars)
    this.#volumes.setData(bars.map((bar) => this.#volumeOf(bar)))
    this.#drawAverages()
  }

  #drawAverages(): void {
    for (const { period, series } of this.#averages) {
      const values = movingAverages(this.#closes, period)
      series.setData(
        this.#bars.flatMap(({ time }, index) => {
          const value = values[index]
          return value === undefined ? [] : [{ time, value }]
        })
      )
    }
  }

  #volumeOf({ time, open, close, volume }: CandleBar): { time: UTCTimestamp; value: number; color: string } {
    return { time, value: volume, color: close >= open ? this.#colors.upBar : this.#colors.downBar }
  }

  #noteDecimals({ open, close }: Candle): void {
    const decimals = Math.max(this.#decimals, decimalsOf(open), decimalsOf(close))
    if (decimals === this.#decimals) return
    this.#decimals = decimals
    const priceFormat = { type: 'price', precision: decimals, minMove: 10 ** -decimals } as const
    this.#candles.applyOptions({ priceFormat })
  }

  /** Takes over the colours of the theme that applies now. */
  #paint(): void {
    this.#colors = chartColors()
    const { up, down } = this.#colors
    this.#chart.applyOptions(chartOptions(this.#colors))
    this.#candles.applyOptions({ upColor: up, wickUpColor: up, downColor: down, wickDownColor: down })
    for (const [index, { series }] of this.#averages.entries())
      series.applyOptions({ color: this.#averageColor(index) })
    this.#volumes.setData(this.#bars.map((bar) => this.#volumeOf(bar)))
  }
}

function barOf({ openTime, open, high, low, close, volume }: Candle): CandleBar {
  return {
    time: (openTime / 1_000) as UTCTimestamp,
    open: Number(open),
    high: Number(high),
    low: Number(low),
    close: Number(close),
    volume: Number(volume)
  }
}
