/** The simple moving average of each value with the `period - 1` before it; `undefined` where there are too few. */
export function movingAverages(values: readonly number[], period: number): (number | undefined)[] {
  let sum = 0
  return values.map((value, index) => {
    sum += value
    if (index >= period) sum -= values[index - period] ?? 0
    return index >= period - 1 ? sum / period : undefined
  })
}

/** The last of `movingAverages`, without computing the others. */
export function lastMovingAverage(values: readonly number[], period: number): number | undefined {
  if (values.length < period) return undefined
  let sum = 0
  for (let index = values.length - period; index < values.length; index++) sum += values[index] ?? 0
  return sum / period
}
