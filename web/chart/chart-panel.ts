import type { Candle, LiveCandles, Market } from '../../client/index.ts'
import { element } from '../element.ts'
import type { FrameLoop, Invalidate } from '../frame-loop.ts'
import type { ChartInterval, PageChoices } from '../page-state.ts'
import { onShown, PanelDoubt } from '../panel/panel.ts'
import { type CandleBar, CandleChart } from './candle-chart.ts'
import { ChartButtons } from './chart-buttons.ts'
import { ChartLegend } from './chart-legend.ts'

/** Candles of the past to begin with, and each time the user comes near the oldest. */
const HISTORY_CANDLES = 500
/** Minutes of history below which a chart of minutes would be empty, and one of seconds is not. */
const LEAST_MINUTES = 20

/** The chart of the chosen symbol: history, the live candle, and the choices of interval and averages. */
export class ChartPanel {
  readonly #market: Market
  readonly #choices: PageChoices
  readonly #invalidate: Invalidate
  readonly #doubt = new PanelDoubt(element('chart'), element('chart-doubt'))
  readonly #legend = new ChartLegend()
  readonly #canvas = element('chart-canvas')
  readonly #empty = element('chart-empty')
  readonly #chart: CandleChart
  readonly #pending = new Map<number, Candle>()
  #symbol = ''
  readonly #choiceButtons: ChartButtons
  /** What `auto` stands for. */
  #suggested: ChartInterval = '1m'
  /** Whether the server has candles of the symbol; `undefined` while that is not known. */
  #hasCandles: boolean | undefined
  #isShown = false
  #live: LiveCandles | undefined
  /** Whether the chart shows what `live` holds, apart from what is pending. */
  #isInStep = false
  #isLoading = false
  #pointed: CandleBar | undefined

  constructor(market: Market, frames: FrameLoop, choices: PageChoices) {
    this.#market = market
    this.#choices = choices
    this.#invalidate = frames.part(() => this.#draw())
    this.#chart = new CandleChart(
      this.#canvas,
      () => void this.#loadBefore(),
      (bar) => {
        this.#pointed = bar
        this.#invalidate()
      }
    )
    this.#chart.setAverages(choices.state.averages)
    this.#choiceButtons = new ChartButtons(choices)
    choices.onChange(({ averages, interval }, before) => {
      if (averages.join() !== before.averages.join()) this.#chart.setAverages(averages)
      this.#choiceButtons.show(this.#interval)
      if (interval !== before.interval) this.#open()
    })
    onShown(this.#canvas, (isShown) => {
      this.#isShown = isShown
      this.#open()
    })
  }

  /** The bars that are drawn, oldest first. */
  get bars(): readonly CandleBar[] {
    return this.#chart.bars
  }

  /** Shows a symbol; nothing is asked for before it is known whether there are candles of it. */
  show(symbol: string, hasCandles: boolean | undefined): void {
    if (symbol === this.#symbol && hasCandles === this.#hasCandles) return
    this.#symbol = symbol
    this.#hasCandles = hasCandles
    this.#open()
  }

  /** Holds the candles only while they are in sight. */
  #open(): void {
    this.#live?.close()
    this.#live = undefined
    this.#pending.clear()
    this.#pointed = undefined
    this.#isInStep = false
    this.#isLoading = false
    const interval = this.#interval
    this.#choiceButtons.show(interval)
    this.#chart.reset(!/[dwM]$/.test(interval), interval === '1s')
    this.#empty.hidden = true
    if (this.#isShown && this.#hasCandles === true) this.#live = this.#follow(this.#symbol, interval)
    this.#invalidate()
  }

  get #interval(): ChartInterval {
    const { interval } = this.#choices.state
    return interval === 'auto' ? this.#suggested : interval
  }

  #follow(symbol: string, interval: ChartInterval): LiveCandles {
    const live = this.#market.candles(symbol, interval, { history: HISTORY_CANDLES })
    live.onCandle((candle) => {
      if (this.#isInStep) this.#pending.set(candle.openTime, candle)
    })
    live.onMended(() => {
      this.#isInStep = false
    })
    live.onChange(this.#invalidate)
    return live
  }

  async #loadBefore(): Promise<void> {
    const live = this.#live
    if (this.#isLoading || live?.hasMore !== true || !this.#isInStep) return
    this.#isLoading = true
    try {
      await live.loadBefore(HISTORY_CANDLES)
    } catch {
      // Asked for again when the user scrolls on.
    }
    if (live !== this.#live) return
    this.#isLoading = false
    this.#isInStep = false
    this.#invalidate()
  }

  #isTooYoung(candles: readonly Candle[]): boolean {
    return this.#choices.state.interval === 'auto' && this.#interval === '1m' && candles.length < LEAST_MINUTES
  }

  #draw(): void {
    const live = this.#live
    // The oldest were let go.
    if (live !== undefined && this.#chart.bars.length > live.length) this.#isInStep = false
    const candles = this.#isInStep ? undefined : live?.value
    if (candles !== undefined && this.#isTooYoung(candles)) {
      this.#suggested = '1s'
      this.#open()
      return
    }
    if (candles !== undefined) {
      this.#pending.clear()
      this.#isInStep = true
      this.#chart.setCandles(candles)
    }
    for (const candle of this.#pending.values()) this.#chart.update(candle)
    this.#pending.clear()
    const { bars } = this.#chart
    this.#doubt.show(bars.length === 0 ? undefined : live?.quality)
    this.#empty.hidden = bars.length > 0 || !(this.#isInStep || this.#hasCandles === false)
    this.#empty.textContent = this.#hasCandles === false ? 'No candles are published of this symbol' : 'No candles yet'
    const pointed = this.#pointed
    const bar = pointed === undefined ? bars.at(-1) : (bars.find(({ time }) => time === pointed.time) ?? bars.at(-1))
    this.#legend.show(bar, this.#chart.decimals)
    this.#canvas.setAttribute(
      'aria-label',
      `Candles of ${this.#symbol}, interval ${this.#interval}, ${bars.length.toLocaleString('en')} shown`
    )
  }
}
