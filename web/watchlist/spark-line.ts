/** Points kept; beyond, every second one is dropped and the steps are twice as long. */
const MOST_POINTS = 90

/** The recent course of a price in few points: fine at first, coarser as time goes on. Bounded, whatever the rate. */
export class SparkLine {
  #times: number[] = []
  #prices: number[] = []
  #stepMs = 1_000

  /** Begins with points of the past, oldest first, and puts what came live behind them. */
  seed(points: readonly { readonly timeMs: number; readonly price: number }[], stepMs: number): void {
    const newest = points.at(-1)
    if (newest === undefined) return
    const liveTimes = this.#times
    const livePrices = this.#prices
    this.#times = points.map(({ timeMs }) => timeMs)
    this.#prices = points.map(({ price }) => price)
    this.#stepMs = stepMs
    for (const [index, timeMs] of liveTimes.entries()) {
      if (timeMs > newest.timeMs) this.add(timeMs, livePrices[index] ?? newest.price)
    }
  }

  /** The price at a time; within one step the newest counts. */
  add(timeMs: number, price: number): void {
    const last = this.#times.length - 1
    const lastMs = this.#times[last]
    const beforeMs = this.#times[last - 1]
    const isInStep = lastMs !== undefined && beforeMs !== undefined && timeMs - beforeMs < this.#stepMs
    if (isInStep) {
      this.#times[last] = timeMs
      this.#prices[last] = price
      return
    }
    this.#times.push(timeMs)
    this.#prices.push(price)
    if (this.#times.length > MOST_POINTS) this.#thin()
  }

  get isEmpty(): boolean {
    return this.#times.length < 2
  }

  /** The newest price above the first one, or not below it. */
  get isUp(): boolean {
    return (this.#prices.at(-1) ?? 0) >= (this.#prices[0] ?? 0)
  }

  /** The points of an SVG polyline that fills the box, with room for the width of the line. */
  pointsIn(width: number, height: number): string {
    const [firstMs = 0] = this.#times
    const spanMs = Math.max(1, (this.#times.at(-1) ?? 0) - firstMs)
    const low = Math.min(...this.#prices)
    const span = Math.max(...this.#prices) - low
    const points = this.#times.map((timeMs, index) => {
      const x = ((timeMs - firstMs) / spanMs) * width
      const share = span === 0 ? 0.5 : ((this.#prices[index] ?? low) - low) / span
      return `${x.toFixed(1)},${(1.5 + (1 - share) * (height - 3)).toFixed(1)}`
    })
    return points.join(' ')
  }

  #thin(): void {
    const isKept = (_: number, index: number) => index % 2 === 0
    this.#times = this.#times.filter(isKept)
    this.#prices = this.#prices.filter(isKept)
    this.#stepMs *= 2
  }
}
