/** How does a list of cases become results that can be trusted and found again? */
import { rmSync } from 'node:fs'
import { drawChart } from '../report/chart.ts'
import { caseMarkdown, reportMarkdown } from '../report/markdown.ts'
import { type CaseResult, readLatest, writeChart, writeReport, writeResult } from '../report/result-files.ts'
import { summaryOf } from '../report/summary.ts'
import type { Case, CaseContext, Sample } from './case.ts'
import { machine } from './machine.ts'
import type { BenchOptions } from './options.ts'
import { profileReport } from './profile.ts'
import { rounded } from './statistics.ts'

/** Figures of a run that its line shows; the tables show all. */
const FIGURES_PER_LINE = 5

/**
 * Runs the cases one after the other, and reports on the newest result of each of `all`.
 *
 * @returns true when the accounts of all that ran balance.
 */
export async function runCases(
  cases: readonly Case[],
  all: readonly Case[],
  options: BenchOptions,
  command: string
): Promise<boolean> {
  const { outFolder, profileFolder } = options
  if (profileFolder !== undefined) rmSync(profileFolder, { recursive: true, force: true })
  const results: CaseResult[] = []
  for (const one of cases) {
    const result = await runCase(one, options, command)
    results.push(result)
    process.stdout.write(`\n${caseMarkdown(one, result.summary)}\n`)
    writeResult(outFolder, result)
  }
  const latest = readLatest(outFolder)
  const files = [writeReport(outFolder, reportMarkdown(all, latest)), writeChart(outFolder, drawChart(latest))]
  process.stderr.write(`\nwritten: ${files.join(', ')}\n`)
  if (profileFolder !== undefined) process.stdout.write(`\n${profileReport(profileFolder)}\n`)
  const invalid = results.filter(({ summary, failure }) => failure || summary.rows.some(({ isValid }) => !isValid))
  for (const { name, failure } of invalid) process.stderr.write(`INVALID: ${name}${failure ? `: ${failure}` : ''}\n`)
  return invalid.length === 0
}

async function runCase(one: Case, options: BenchOptions, command: string): Promise<CaseResult> {
  const samples: Sample[] = []
  const startedMs = performance.now()
  const say = (text: string) => {
    const seconds = Math.round((performance.now() - startedMs) / 1_000)
    process.stderr.write(`[${one.name} ${String(seconds).padStart(4)} s] ${text}\n`)
  }
  const context: CaseContext = {
    options,
    progress: say,
    record(sample) {
      samples.push(sample)
      say(lineOf(one, sample))
    }
  }
  say(one.question)
  let failure: string | undefined
  try {
    await one.run(context)
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error)
    say(`FAILED: ${failure}`)
  }
  return {
    name: one.name,
    question: one.question,
    date: new Date().toISOString(),
    command,
    isQuick: options.isQuick,
    rounds: options.rounds,
    machine: machine(),
    ...(failure !== undefined && { failure }),
    summary: summaryOf(one, samples)
  }
}

function lineOf({ metrics }: Case, { round, shape, contender, values, problems, isLoadSaturated }: Sample): string {
  const shown = metrics.filter(({ key }) => values[key] !== undefined).slice(0, FIGURES_PER_LINE)
  const figures = shown.map(({ key, title }) => `${title} ${rounded(values[key] ?? Number.NaN)}`)
  const flag =
    problems.length > 0 ? `INVALID (${problems.join('; ')}) ` : isLoadSaturated ? '(clients at their limit) ' : ''
  return `${round} · ${shape} · ${contender}: ${flag}${figures.join(' · ')}`
}
