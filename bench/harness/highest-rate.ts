/** What is the highest rate with which a server still does what it shall, started anew whenever it was asked too much? */
import type { CaseContext, Sample } from './case.ts'
import { highestPassing } from './search.ts'
import type { Stand } from './stand.ts'
import { rounded } from './statistics.ts'

export interface RateSearch {
  readonly name: string
  /** Where the search begins, messages a second. */
  readonly start: number
  readonly minimum: number
  /** Factor of each step until a rate is too high. */
  readonly growth: number
  /** Starts the server with its clients, warm for a rate. */
  readonly open: (rate: number) => Promise<Stand>
  readonly attempt: (stand: Stand, rate: number) => Promise<Sample>
  /** Says why a rate is too high; nothing when it is not. */
  readonly fault: (sample: Sample) => string | undefined
}

/** The sample of the highest rate that passed. @throws Error when none did. */
export async function highestRate({ options, progress }: CaseContext, search: RateSearch): Promise<Sample> {
  const { name, start, minimum, growth, open, attempt, fault } = search
  const problems: string[] = []
  let best: Sample | undefined
  let stand = await open(start)
  try {
    const passesOnce = async (rate: number) => {
      const sample = await attempt(stand, rate)
      const found = fault(sample)
      progress(`${name}: ${rounded(rate)} messages/s: p99 ${sample.values.p99} ms, ${found ?? 'in time'}`)
      problems.push(...sample.problems)
      if (found === undefined) best = sample
      else {
        await stand.end()
        stand = await open(rate / 2)
      }
      return found === undefined
    }
    // Twice, since a machine that does other things, too, can spoil one try.
    const passes = async (rate: number) => (await passesOnce(rate)) || (await passesOnce(rate))
    await highestPassing({ start, growth, precision: options.isQuick ? 1.3 : 1.1, minimum }, passes)
  } finally {
    await stand.end()
  }
  if (best === undefined) throw new Error(`${name}: no rate from ${minimum} messages/s on was in time`)
  return { ...best, problems }
}
