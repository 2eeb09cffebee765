/** Which cores do servers and clients keep to, so that neither is in the other's way? */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { BenchOptions } from './options.ts'
import { median } from './statistics.ts'

/** A core with the hardware threads that share it. */
export interface Core {
  /** Numbers as the system counts them. */
  readonly threads: readonly number[]
  /** Work done in a given time, in no unit. */
  readonly speed: number
}

/** What servers and clients each keep to, as `taskset` writes it, e.g. `0-3,8`. */
export interface CoreSplit {
  readonly servers: string
  readonly clients: string
}

/** As measured last. */
let split: CoreSplit | undefined

/** Measures the cores anew, to be called while nothing else runs. @returns who keeps to which, for people. */
export function lookAtCores({ isPinned }: BenchOptions): string | undefined {
  if (!isPinned) return undefined
  split = measuredSplit()
  if (split === undefined) return 'cores cannot be told apart here: servers and clients share them'
  return `servers keep to core ${split.servers}, clients to ${split.clients}`
}

/** The cores for a kind of process; any when they are not to be kept apart. */
export function coresFor(kind: keyof CoreSplit, { isPinned }: BenchOptions): { readonly cores?: string } {
  if (!isPinned) return {}
  split ??= measuredSplit()
  return split === undefined ? {} : { cores: split[kind] }
}

/** Times that a core is measured, one after the other, and for how long, ms. */
const SLICES = 5
const SLICE_MS = 10

/**
 * Measures the cores that this process may use.
 *
 * On shared machines somebody else may work on the same core, as the other of its two threads, and leaves half of it: what
 * is measured there varies with the neighbour.
 *
 * @returns `undefined` where cores cannot be told apart, or there is only one thread.
 */
function measuredSplit(): CoreSplit | undefined {
  try {
    const allowed = /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
    const threads = numbersOf(allowed)
    if (threads.length < 2) return undefined
    const cores = Map.groupBy(threads, (thread) => siblingsOf(thread).join())
    return splitOf([...cores.values()].map((list) => ({ threads: list, speed: speedOf(list[0] ?? 0) })))
  } catch {
    // Not Linux, or a system without `taskset`.
    return undefined
  }
}

/** Servers get the quicker half of the cores, with all threads of each; the two threads of a single core are divided. */
export function splitOf(cores: readonly Core[]): CoreSplit {
  const [only] = cores
  if (only === undefined) throw new Error('expected a core; found none')
  const single = only.threads.map((thread) => ({ threads: [thread], speed: only.speed }))
  const quickestFirst = (cores.length > 1 ? [...cores] : single).sort((a, b) => b.speed - a.speed)
  const half = Math.floor(quickestFirst.length / 2)
  const textOf = (some: readonly Core[]) =>
    some
      .flatMap(({ threads }) => threads)
      .sort((a, b) => a - b)
      .join()
  return { servers: textOf(quickestFirst.slice(0, half)), clients: textOf(quickestFirst.slice(half)) }
}

/** The numbers of a list as the system writes it, e.g. `0-3,8`. */
export function numbersOf(list: string): number[] {
  return list.split(',').flatMap((part) => {
    if (part === '') return []
    const [first = 0, last = first] = part.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, n) => first + n)
  })
}

function siblingsOf(thread: number): number[] {
  try {
    const path = `/sys/devices/system/cpu/cpu${thread}/topology/thread_siblings_list`
    return numbersOf(readFileSync(path, 'utf8').trim())
  } catch {
    return [thread]
  }
}

function speedOf(thread: number): number {
  const slice = `let n = 0; for (const end = performance.now() + ${SLICE_MS}; performance.now() < end; n++);`
  const script = `for (let s = 0; s < ${SLICES}; s++) { ${slice} console.log(n) }`
  const { stdout, status } = spawnSync('taskset', ['-c', String(thread), process.execPath, '-e', script])
  if (status !== 0) throw new Error(`expected core ${thread} to be measured; found no answer`)
  return median(String(stdout).trim().split('\n').map(Number))
}
