import type { ChartInterval } from './chart-interval.ts'

const USUAL: ChartInterval = '1m'
const YOUNG: ChartInterval = '1s'
/** Minutes of history below which a chart of minutes would be empty, and one of seconds is not. */
const LEAST_MINUTES = 20

/** Which interval of the chosen symbol is drawn: the chosen one where it is published, else the one that suits best. */
export class DrawnInterval {
  #published: readonly ChartInterval[] | undefined
  #isYoung = false

  /** Begins with a symbol; `published` are its intervals, finest first, `undefined` while they are not known. */
  begin(published: readonly ChartInterval[] | undefined): void {
    this.#isYoung = false
    this.#published = published
  }

  of(choice: ChartInterval | 'auto'): ChartInterval {
    if (choice !== 'auto' && this.#has(choice)) return choice
    const suggested = this.#isYoung ? YOUNG : USUAL
    return this.#has(suggested) ? suggested : (this.#published?.[0] ?? suggested)
  }

  /**
   * Takes in how many candles of it there are.
   *
   * @returns whether another interval suits better from now on.
   */
  note(choice: ChartInterval | 'auto', candles: number): boolean {
    if (this.#isYoung || candles >= LEAST_MINUTES || this.of(choice) !== USUAL || choice === USUAL) return false
    if (!this.#has(USUAL) || !this.#has(YOUNG)) return false
    this.#isYoung = true
    return true
  }

  #has(interval: ChartInterval): boolean {
    return this.#published?.includes(interval) !== false
  }
}
