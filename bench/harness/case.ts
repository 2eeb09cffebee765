/** What is a case, and what does one run of it leave behind? */
import type { BenchOptions } from './options.ts'

/** One run of one contender in one shape. */
export interface Sample {
  /** What was asked of the contender, e.g. `10 updates, all sets distinct`. */
  readonly shape: string
  readonly contender: string
  /** From 1. */
  readonly round: number
  readonly clients: number
  /** Messages a second over all channels. */
  readonly ratePerSecond: number
  /** JSON of one update as the clients got it, with its share of the event, bytes; 0 when nothing was counted. */
  readonly updateBytes: number
  readonly values: Readonly<Record<string, number>>
  /** Why the run proves nothing; empty when its accounts balance. */
  readonly problems: readonly string[]
  /** The clients, not the server, were at their limit. */
  readonly isLoadSaturated: boolean
}

/** One of the values of a sample. */
export interface Metric {
  readonly key: string
  /** With its unit. */
  readonly title: string
}

/** What a case shall show, told beside its figures. */
export interface Target {
  readonly shape: string
  readonly contender: string
  readonly metric: string
  /** What it is compared with, in the same round: another contender in the same shape unless another one is named. */
  readonly against?: { readonly contender: string; readonly shape?: string }
  /** Divide the other's value by ours ("times less"), instead of ours by the other's. */
  readonly isLess?: true
  /** Limits of the ratio, or of the value itself where nothing is compared. */
  readonly atMost?: number
  readonly atLeast?: number
}

export interface Case {
  readonly name: string
  readonly question: string
  /** It needs much time and memory, and runs only when it is named, or all that is large is wanted. */
  readonly isLarge?: true
  readonly metrics: readonly Metric[]
  readonly targets: readonly Target[]
  run(context: CaseContext): Promise<void>
}

export interface CaseContext {
  readonly options: BenchOptions
  /** Takes a finished run into the results, and prints it. */
  record(sample: Sample): void
  /** A line on what happens. */
  progress(text: string): void
}
