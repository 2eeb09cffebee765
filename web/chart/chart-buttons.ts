import { element, make } from '../element.ts'
import type { PageChoices } from '../page-state.ts'
import { type ChartInterval, INTERVALS } from './chart-interval.ts'

/** The periods of moving averages that are offered. */
const AVERAGES = [20, 50]

/** The intervals that are always there to be seen; others only where a producer publishes its own choice of intervals. */
const USUAL: readonly ChartInterval[] = ['1s', '1m', '5m', '15m', '1h', '4h', '1d', '1w']

/** The choices above the chart: its interval, and the averages that are drawn. */
export class ChartButtons {
  readonly #choices: PageChoices
  readonly #intervals = new Map<ChartInterval, HTMLButtonElement>()
  readonly #averages = new Map<number, HTMLButtonElement>()

  constructor(choices: PageChoices) {
    this.#choices = choices
    for (const interval of INTERVALS) {
      const onPress = () => choices.choose({ interval })
      this.#intervals.set(interval, addButton('intervals', interval, `Interval ${interval}`, onPress))
    }
    for (const period of AVERAGES) {
      const label = `Moving average of ${period} candles`
      this.#averages.set(
        period,
        addButton('averages', `MA ${period}`, label, () => this.#toggle(period))
      )
    }
  }

  /** Shows which interval is drawn, which could be (`published`; `undefined`: not known yet), and which averages are. */
  show(interval: ChartInterval, published: readonly ChartInterval[] | undefined): void {
    const isOwnChoice = published !== undefined && published.length < INTERVALS.length
    for (const [name, button] of this.#intervals) {
      const isPublished = published?.includes(name) !== false
      button.ariaPressed = String(name === interval && isPublished)
      button.disabled = !isPublished
      button.title = isPublished ? '' : 'No candles of this interval are published of the symbol'
      button.hidden = !USUAL.includes(name) && !(isOwnChoice && isPublished)
    }
    const { averages } = this.#choices.state
    for (const [period, button] of this.#averages) button.ariaPressed = String(averages.includes(period))
  }

  #toggle(period: number): void {
    const { averages } = this.#choices.state
    const next = averages.includes(period) ? averages.filter((one) => one !== period) : [...averages, period]
    this.#choices.choose({ averages: next.sort((a, b) => a - b) })
  }
}

function addButton(group: string, text: string, label: string, onPress: () => void): HTMLButtonElement {
  const button = make('button', 'choice', text)
  button.type = 'button'
  button.setAttribute('aria-label', label)
  button.addEventListener('click', onPress)
  element(group).append(button)
  return button
}
