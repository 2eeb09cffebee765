import { Chart, type ChartSpec, SPAN_MS } from './chart.ts'
import { setText } from './element.ts'
import { bytes, count, milliseconds, rate, timeOfDay } from './format.ts'
import type { LoadHistory } from './load-history.ts'

const CHARTS: readonly ChartSpec[] = [
  {
    title: 'Messages in /s',
    series: [{ name: 'messages', label: 'messages', colour: '--accent' }],
    text: rate,
    least: 10
  },
  {
    title: 'Bytes out /s',
    series: [{ name: 'bytes', label: 'bytes', colour: '--accent' }],
    text: bytes,
    least: 1_024,
    isBinary: true
  },
  {
    title: 'Event loop delay',
    series: [
      { name: 'loopP99Ms', label: 'p99', colour: '--accent' },
      { name: 'loopP50Ms', label: 'p50', colour: '--up' },
      { name: 'loopMaxMs', label: 'max', colour: '--warn' }
    ],
    text: milliseconds,
    least: 10
  },
  {
    title: 'Queue, messages a flush',
    series: [{ name: 'queueMessages', label: 'messages', colour: '--accent' }],
    text: rate,
    least: 10
  },
  {
    title: 'Clients',
    series: [
      { name: 'clients', label: 'all', colour: '--accent' },
      { name: 'slowClients', label: 'slow', colour: '--warn' }
    ],
    text: count,
    least: 4
  },
  {
    title: 'Memory',
    series: [
      { name: 'rssBytes', label: 'process', colour: '--accent' },
      { name: 'heapBytes', label: 'heap', colour: '--up' }
    ],
    text: bytes,
    least: 1_048_576,
    isBinary: true
  }
]

/** Points that one press of an arrow goes on. */
const STEP = 5

/** All charts over the same quarter of an hour; what is pointed at in one is told in all. */
export class ChartBoard {
  readonly #history: LoadHistory
  readonly #time: HTMLElement
  readonly #charts = CHARTS.map((spec) => new Chart(spec))
  /** The time pointed at. */
  #pointed: number | undefined
  #isWanted = false

  constructor(container: HTMLElement, time: HTMLElement, history: LoadHistory) {
    this.#history = history
    this.#time = time
    container.append(...this.#charts.map(({ element }) => element))
    container.tabIndex = 0
    for (const { canvas } of this.#charts) {
      canvas.addEventListener('pointermove', ({ offsetX }) => this.#pointAt(offsetX / canvas.clientWidth))
      canvas.addEventListener('pointerleave', () => this.#point(undefined))
    }
    container.addEventListener('keydown', (event) => this.#press(event))
    container.addEventListener('blur', () => this.#point(undefined))
    new ResizeObserver(() => this.draw()).observe(container)
    matchMedia('(prefers-color-scheme: light)').addEventListener('change', () => this.draw())
  }

  /** Draws with the next frame. */
  draw(): void {
    if (this.#isWanted) return
    this.#isWanted = true
    requestAnimationFrame(() => {
      this.#isWanted = false
      this.#drawNow()
    })
  }

  #drawNow(): void {
    const times = this.#history.column('time')
    const pointed = this.#pointed
    const place = pointed === undefined ? undefined : nearest(times, pointed)
    const nowTime = times.at(-1) ?? 0
    setText(this.#time, place === undefined ? 'now' : timeOfDay(times[place] ?? 0))
    for (const chart of this.#charts) chart.draw(this.#history, nowTime, place)
  }

  #press(event: KeyboardEvent): void {
    const times = this.#history.column('time')
    const steps = { ArrowLeft: -STEP, ArrowRight: STEP, Home: -times.length, End: times.length }[event.key]
    if (event.key === 'Escape') this.#point(undefined)
    if (steps === undefined) return
    event.preventDefault()
    const place = this.#pointed === undefined ? times.length - 1 : nearest(times, this.#pointed)
    this.#point(times[Math.min(times.length - 1, Math.max(0, place + steps))])
  }

  /** @param share of the width, from the left. */
  #pointAt(share: number): void {
    const nowTime = this.#history.column('time').at(-1) ?? 0
    this.#point(nowTime - SPAN_MS * (1 - share))
  }

  #point(time: number | undefined): void {
    this.#pointed = time
    this.draw()
  }
}

/** The place of the value next to `wanted` among values that grow. */
function nearest(values: readonly number[], wanted: number): number {
  let [low, high] = [0, values.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((values[middle] ?? 0) < wanted) low = middle
    else high = middle
  }
  return wanted - (values[low] ?? 0) < (values[high] ?? 0) - wanted ? low : Math.max(0, high)
}
