/** Numbers kept as text per format. A power of two, so that a bit mask finds the slot. */
const CACHE_SLOTS = 16_384

/**
 * Writes whole steps (ticks of a price, lots of a size) as decimal text of fixed precision, e.g. 23005 as `230.05`.
 *
 * All arithmetic is on integers, so float noise such as 0.30000000000000004 cannot occur. The text of recent numbers
 * is kept in a direct-mapped cache: a market comes back to the same prices, and one text serves many messages.
 */
export class DecimalText {
  readonly #decimals: number
  readonly #scale: number
  readonly #unitsPerStep: number
  readonly #cachedSteps = new Float64Array(CACHE_SLOTS).fill(-1)
  readonly #cachedText: string[] = new Array<string>(CACHE_SLOTS).fill('')

  /** A step is `unitsPerStep` units of 10^-`decimals`; steps × unitsPerStep must stay below 2^53. */
  constructor(decimals: number, unitsPerStep = 1) {
    this.#decimals = decimals
    this.#scale = 10 ** decimals
    this.#unitsPerStep = unitsPerStep
  }

  /** The text of a number of steps, 0 or more. */
  of(steps: number): string {
    const slot = steps & (CACHE_SLOTS - 1)
    if (this.#cachedSteps[slot] === steps) return this.#cachedText[slot] ?? ''
    const text = this.#write(steps * this.#unitsPerStep)
    this.#cachedSteps[slot] = steps
    this.#cachedText[slot] = text
    return text
  }

  #write(units: number): string {
    if (this.#decimals === 0) return String(units)
    const whole = Math.floor(units / this.#scale)
    const fraction = units - whole * this.#scale
    return `${whole}.${String(fraction).padStart(this.#decimals, '0')}`
  }
}
