import { compactText, NOTHING, percentText } from '../decimal-text.ts'
import { element, setAttribute, TextCell } from '../element.ts'
import type { CandleBar } from './candle-chart.ts'

/** The values of the candle that is pointed at, or of the newest one, in words and figures above the chart. */
export class ChartLegend {
  readonly #root = element('legend')
  readonly #cells = {
    open: new TextCell(element('legend-open')),
    high: new TextCell(element('legend-high')),
    low: new TextCell(element('legend-low')),
    close: new TextCell(element('legend-close')),
    change: new TextCell(element('legend-change')),
    volume: new TextCell(element('legend-volume'))
  }

  show(bar: CandleBar | undefined, decimals: number): void {
    for (const name of ['open', 'high', 'low', 'close'] as const) {
      this.#cells[name].write(bar === undefined ? NOTHING : bar[name].toFixed(decimals))
    }
    const change = bar === undefined ? Number.NaN : (bar.close / bar.open - 1) * 100
    this.#cells.change.write(percentText(change))
    this.#cells.volume.write(bar === undefined ? NOTHING : compactText(String(bar.volume)))
    setAttribute(this.#root, 'data-sign', bar === undefined ? undefined : bar.close >= bar.open ? '+' : '-')
  }
}
