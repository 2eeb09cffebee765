/** On what machine, and of which state of the code, is a figure? Figures of different machines do not compare. */
import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import type { BenchOptions } from './options.ts'

export interface Machine {
  readonly commit: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly node: string
  readonly system: string
}

export function machine(): Machine {
  return {
    commit: commit(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    system: `${platform()} ${release()}`
  }
}

/** Least cores of which servers get half, where threads of a server are busy beside its main thread. */
const MIN_CORES_FOR_THREADS = 4

/** For cases in which other threads of a server work as hard as its main thread: with one core they would be in its way. */
export function threadsApart(options: BenchOptions): BenchOptions {
  return { ...options, isPinned: options.isPinned && availableParallelism() >= MIN_CORES_FOR_THREADS }
}

/** Of the working copy, with a plus when it holds changes; `unknown` without git. */
function commit(): string {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['--no-optional-locks', ...args], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'ignore']
    })
      .toString()
      .trim()
  try {
    const isChanged = git('status', '--porcelain', '--untracked-files=no') !== ''
    return `${git('rev-parse', '--short=12', 'HEAD')}${isChanged ? '+' : ''}`
  } catch {
    return 'unknown'
  }
}
