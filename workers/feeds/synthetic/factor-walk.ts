import type { Random } from './random.ts'

/**
 * One source of price moves (the market, a sector, a single name) as a log-return since the start.
 *
 * It is a discrete Ornstein-Uhlenbeck process: a random walk that is pulled back to 0 just strongly enough that its
 * long-run deviation is the one asked for. A market that runs for weeks thus never drifts to zero or out of range.
 *
 * @see https://en.wikipedia.org/wiki/Ornstein%E2%80%93Uhlenbeck_process
 */
export class FactorWalk {
  readonly #stepDeviation: number
  readonly #pull: number
  #value = 0

  /** Both deviations are log-returns, e.g. 0.00001 (0.1 basis points) a step and 0.02 (2 %) in the long run. */
  constructor(stepDeviation: number, longRunDeviation: number) {
    this.#stepDeviation = stepDeviation
    this.#pull = stepDeviation ** 2 / (2 * longRunDeviation ** 2)
  }

  /** The log-return since the start. */
  get value(): number {
    return this.#value
  }

  /** Moves by one step. */
  advance(random: Random): void {
    this.#value += this.#stepDeviation * random.normal() - this.#pull * this.#value
  }

  /** Moves by `steps` step deviations on top: news. */
  push(steps: number): void {
    this.#value += this.#stepDeviation * steps
  }
}
