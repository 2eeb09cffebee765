import type { Candle, LiveCandles, Market } from '../../client/index.ts'
import { element } from '../element.ts'
import type { FrameLoop, Invalidate } from '../frame-loop.ts'
import type { PageChoices } from '../page-state.ts'
import { onShown, PanelDoubt } from '../panel/panel.ts'
import { type CandleBar, CandleChart } from './candle-chart.ts'
import { ChartButtons } from './chart-buttons.ts'
import type { ChartInterval } from './chart-interval.ts'
import { ChartLegend } from './chart-legend.ts'
import { DrawnInterval } from './drawn-interval.ts'

/** Candles of the past to begin with, and each time the user comes near the oldest. */
const HISTORY_CANDLES = 500

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
  readonly #drawn = new DrawnInterval()
  /** The intervals of which there are candles of the symbol; `undefined` while that is not known. */
  #published: readonly ChartInterval[] | undefined
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
      this.#choiceButtons.show(this.#interval, this.#published)
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

  /** Shows a symbol; nothing is asked for before it is known of which intervals there are candles of it. */
  show(symbol: string, published: readonly ChartInterval[] | undefined): void {
    if (symbol === this.#symbol && published?.join() === this.#published?.join()) return
    this.#symbol = symbol
    this.#published = published
    this.#drawn.begin(published)
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
    this.#choiceButtons.show(interval, this.#published)
    this.#chart.reset(!/[dwM]$/.test(interval), interval === '1s')
    this.#empty.hidden = true
    if (this.#isShown && this.#hasCandles) this.#live = this.#follow(this.#symbol, interval)
    this.#invalidate()
  }

  get #interval(): ChartInterval {
    return this.#drawn.of(this.#choices.state.interval)
  }

  get #hasCandles(): boolean {
    return this.#published !== undefined && this.#published.length > 0
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

  #draw(): void {
    const live = this.#live
    // The oldest were let go.
    if (live !== undefined && this.#chart.bars.length > live.length) this.#isInStep = false
    const candles = this.#isInStep ? undefined : live?.value
    if (candles !== undefined && this.#drawn.note(this.#choices.state.interval, candles.length)) {
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
    this.#explainEmptiness(bars.length === 0)
    const pointed = this.#pointed
    const bar = pointed === undefined ? bars.at(-1) : (bars.find(({ time }) => time === pointed.time) ?? bars.at(-1))
    this.#legend.show(bar, this.#chart.decimals)
    this.#canvas.setAttribute(
      'aria-label',
      `Candles of ${this.#symbol}, interval ${this.#interval}, ${bars.length.toLocaleString('en')} shown`
    )
  }

  /** An empty chart says why it is. */
  #explainEmptiness(isEmpty: boolean): void {
    const refusal = this.#live?.refusal
    const isUnpublished = this.#published !== undefined && !this.#hasCandles
    this.#empty.hidden = !isEmpty || !(this.#isInStep || isUnpublished || refusal !== undefined)
    if (isUnpublished) this.#empty.textContent = 'No candles are published of this symbol'
    else if (refusal !== undefined) this.#empty.textContent = `Candles are refused: ${refusal.message}`
    else this.#empty.textContent = 'No candles yet'
  }
}
