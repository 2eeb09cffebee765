/** What do several runs say together? The median, and how far they spread; never a mean, never the best. */

/** The middle value; `NaN` of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value below which a share of the values lies, 0 to 1; `NaN` of none. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  if (sorted.length === 0) return Number.NaN
  if (share === 0.5 && sorted.length % 2 === 0) {
    return ((sorted[sorted.length / 2 - 1] ?? 0) + (sorted[sorted.length / 2] ?? 0)) / 2
  }
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN
}

/** Three significant digits, thousands set apart: `0.0123`, `4.56`, `11,300,000`. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  if (digits === 0) {
    const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.abs(value))) - 2)
    return (Math.round(value / step) * step).toLocaleString('en-US', { maximumFractionDigits: 0 })
  }
  return value.toFixed(Math.min(digits, 4))
}
