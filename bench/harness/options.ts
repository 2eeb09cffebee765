/** What shall be measured, and how thoroughly? */
import { spawnSync } from 'node:child_process'
import { availableParallelism, platform } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Case } from './case.ts'

export interface BenchOptions {
  /** Names of the cases, in the order in which they run. */
  readonly cases: readonly string[]
  readonly rounds: number
  /** Short windows: to see that all works, not for figures. */
  readonly isQuick: boolean
  /** Also with 10,000 clients. */
  readonly isLarge: boolean
  /** Processes for the clients of each server. */
  readonly loadProcesses: number
  /** The servers keep to half of the cores, those that are quickest now, and the clients to the others. */
  readonly isPinned: boolean
  /** Folder for CPU profiles of the servers; none are made when absent. */
  readonly profileFolder: string | undefined
  readonly outFolder: string
}

const ROUNDS = { full: 5, quick: 2 } as const
const MAX_ROUNDS = 100
const MAX_LOAD_PROCESSES = 4

/** The help for `--help`. */
export function helpText(cases: readonly Case[]): string {
  const width = Math.max(...cases.map(({ name }) => name.length))
  return `Measures tickcast beside Socket.IO as it comes, ws, and the article's server, on this machine alone.
All cases that are not large take about 95 minutes, or 15 with --quick; leave the machine alone meanwhile.

Usage: npm run bench -- [options]      or: node bench/run.ts [options]

  --case a,b             only these cases, large or not (default: all that are not large)
  --rounds n             runs of each, taken in turn (default: ${ROUNDS.full}; ${ROUNDS.quick} with --quick)
  --quick                short windows: shows that all works; its figures are rough
  --large                by default the large cases, too, and connect with 10,000 clients as well;
                         takes 3 GB of memory, 20,000 open files, and 8 minutes for each round
  --load-processes n     processes for the clients of each server (default: one for each core but the first, at most ${MAX_LOAD_PROCESSES})
  --no-pin               let servers and clients share all cores, instead of half of them each, the quicker
                         ones for the servers, as measured at each round (Linux, taskset)
  --profile folder       CPU profiles of the servers, and where their time went
  --out folder           where results go (default: bench/results; bench/results/quick with --quick)
  --help

Cases:
${cases.map(({ name, question, isLarge }) => `  ${name.padEnd(width)}  ${question}${isLarge ? ' (large)' : ''}`).join('\n')}

Exits with 1 when a case is INVALID, i.e. its accounts of messages do not balance.
`
}

/** @throws Error that says what is wrong with an argument. */
export function readOptions(args: readonly string[], allCases: readonly Case[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      case: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      'load-processes': { type: 'string' },
      'no-pin': { type: 'boolean', default: false },
      profile: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false }
    }
  })
  if (values.help) return 'help'
  const caseNames = allCases.map(({ name }) => name)
  const byDefault = allCases.flatMap(({ name, isLarge = false }) => (isLarge && !values.large ? [] : [name]))
  const cases = values.case?.split(',').map((name) => name.trim()) ?? byDefault
  const unknown = cases.filter((name) => !caseNames.includes(name))
  if (unknown.length > 0)
    throw new Error(`--case: expected some of ${caseNames.join(', ')}; found ${unknown.join(', ')}`)
  const isQuick = values.quick
  const cores = availableParallelism()
  return {
    cases,
    rounds: wholeNumber('--rounds', values.rounds, isQuick ? ROUNDS.quick : ROUNDS.full, MAX_ROUNDS),
    isQuick,
    isLarge: values.large,
    loadProcesses: wholeNumber(
      '--load-processes',
      values['load-processes'],
      Math.min(MAX_LOAD_PROCESSES, Math.max(1, cores - 1)),
      64
    ),
    isPinned: !values['no-pin'] && cores > 1 && platform() === 'linux' && hasTaskset(),
    profileFolder: values.profile === undefined ? undefined : resolve(values.profile),
    outFolder: resolve(values.out ?? fileURLToPath(new URL(`../results${isQuick ? '/quick' : ''}`, import.meta.url)))
  }
}

/** Says whether processes can be kept to cores: the command is part of util-linux, which small systems may lack. */
function hasTaskset(): boolean {
  return spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0
}

function wholeNumber(flag: string, text: string | undefined, byDefault: number, maximum: number): number {
  const value = text === undefined ? byDefault : Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= maximum) return value
  throw new Error(`${flag}: expected a whole number from 1 to ${maximum}; found ${text}`)
}
