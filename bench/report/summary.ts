/** What do all rounds of a case say: each figure's median and spread, and each target, met or missed? */
import type { Case, Sample, Target } from '../harness/case.ts'
import { median } from '../harness/statistics.ts'

/** A figure over all rounds. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly rounds: readonly number[]
}

/** One contender in one shape. */
export interface Row {
  readonly shape: string
  readonly contender: string
  readonly clients: number
  readonly ratePerSecond: number
  readonly updateBytes: number
  readonly isValid: boolean
  readonly isLoadSaturated: boolean
  readonly problems: readonly string[]
  readonly figures: Readonly<Record<string, Spread>>
}

export interface TargetResult {
  readonly text: string
  readonly isMet: boolean
  readonly spread: Spread
}

export interface Summary {
  readonly rows: readonly Row[]
  readonly targets: readonly TargetResult[]
}

export function summaryOf({ metrics, targets }: Case, samples: readonly Sample[]): Summary {
  const groups = Map.groupBy(samples, ({ shape, contender }) => JSON.stringify([shape, contender]))
  const rows = [...groups.values()].map((group) =>
    rowOf(
      group,
      metrics.map(({ key }) => key)
    )
  )
  return { rows, targets: targets.flatMap((target) => targetResult(target, metrics, samples) ?? []) }
}

function rowOf(samples: readonly Sample[], keys: readonly string[]): Row {
  const [first] = samples
  if (first === undefined) throw new Error('expected a sample at least; found none')
  const { shape, contender, clients } = first
  const figures = keys.flatMap((key) => {
    const values = samples.flatMap(({ values }) => values[key] ?? [])
    return values.length === 0 ? [] : [[key, spreadOf(values)] as const]
  })
  return {
    shape,
    contender,
    clients,
    ratePerSecond: Math.round(median(samples.map(({ ratePerSecond }) => ratePerSecond))),
    updateBytes: Math.round(median(samples.map(({ updateBytes }) => updateBytes))),
    isValid: samples.every(({ problems }) => problems.length === 0),
    isLoadSaturated: samples.some(({ isLoadSaturated }) => isLoadSaturated),
    problems: [...new Set(samples.flatMap(({ problems }) => problems))].slice(0, 5),
    figures: Object.fromEntries(figures)
  }
}

function spreadOf(values: readonly number[]): Spread {
  const rounds = values.map((value) => Number(value.toPrecision(4)))
  return { median: median(rounds), min: Math.min(...rounds), max: Math.max(...rounds), rounds }
}

/** Nothing when the shape was not run. Ratios are taken within a round, where both met the same machine. */
function targetResult(target: Target, metrics: Case['metrics'], samples: readonly Sample[]): TargetResult | undefined {
  const { shape, contender, metric, against, isLess, atMost, atLeast } = target
  const own = samples.filter((sample) => sample.shape === shape && sample.contender === contender)
  const values = own.flatMap(({ round, values: ownValues }) => {
    const value = ownValues[metric] ?? Number.NaN
    if (against === undefined) return value
    const other = samples.find(
      (sample) =>
        sample.round === round && sample.contender === against.contender && sample.shape === (against.shape ?? shape)
    )
    const otherValue = other?.values[metric] ?? Number.NaN
    return isLess ? otherValue / value : value / otherValue
  })
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return undefined
  const spread = spreadOf(finite)
  const title = metrics.find(({ key }) => key === metric)?.title ?? metric
  const limit = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`
  const other = [against?.contender === contender ? undefined : against?.contender, against?.shape].filter(Boolean)
  const ratio = against === undefined ? '' : `${isLess ? ' times less' : ' times'} that of ${other.join(', ')}`
  return {
    text: `${shape}: ${title} of ${contender}: ${limit}${ratio}`,
    isMet:
      spread.median >= (atLeast ?? Number.NEGATIVE_INFINITY) && spread.median <= (atMost ?? Number.POSITIVE_INFINITY),
    spread
  }
}
