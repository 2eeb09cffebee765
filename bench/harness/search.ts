/** What is the highest rate that still passes? Found by doubling, then by halving the gap. */

export interface SearchOptions {
  readonly start: number
  /** Factor of each step until a rate fails. */
  readonly growth: number
  /** Ends when the lowest rate that failed is not further above the highest that passed, as a factor. */
  readonly precision: number
  /** Lower rates are not tried. */
  readonly minimum: number
}

/** @returns the highest rate that passed; 0 when none did. */
export async function highestPassing(
  { start, growth, precision, minimum }: SearchOptions,
  passes: (rate: number) => Promise<boolean>
): Promise<number> {
  let low = 0
  let high = Number.POSITIVE_INFINITY
  let rate = start
  while (high > low * precision && rate >= minimum) {
    if (await passes(rate)) low = rate
    else high = rate
    rate = high === Number.POSITIVE_INFINITY ? low * growth : low === 0 ? high / 2 : Math.sqrt(low * high)
  }
  return low
}
