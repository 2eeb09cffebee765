import { accessSync, constants, statSync } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import type { ProducerSpec } from '../protocol/producer-spec.ts'
import { ConfigError } from './config-error.ts'
import { remedyFor } from './nearest-name.ts'
import type { Settings } from './settings.ts'

type FeedSettings = Pick<Settings, 'feed' | 'seed' | 'symbols' | 'rate' | 'speed' | 'once' | 'hold' | 'maxProducers'>

/**
 * What each producer thread is asked to run, one for each feed, with unique names and absolute paths.
 *
 * @param folder Relative paths start here.
 * @throws ConfigError when there are more feeds than threads, a file is missing, or two feeds would own one channel.
 */
export function producerSpecs(settings: FeedSettings, folder = process.cwd()): readonly ProducerSpec[] {
  const problems: string[] = []
  const { feed: feeds, maxProducers } = settings
  if (feeds.length > maxProducers) {
    problems.push(
      `feed: expected at most maxProducers = ${maxProducers} feeds, found ${feeds.length}. Raise --max-producers`
    )
  }
  if (feeds.filter((feed) => feed === 'synthetic').length > 1) {
    problems.push(
      'feed: expected synthetic once, since a channel has one owner, found it again. Raise --symbols instead'
    )
  }
  const names = new Set<string>()
  const specs = feeds.map((feed): ProducerSpec => {
    const [kind, rest = ''] = splitOnce(feed, ':')
    const files = (kind === 'replay' ? rest.split(',') : [rest]).map((file) => resolve(folder, file.trim()))
    if (kind === 'synthetic') return { ...syntheticSpec(settings), name: uniqueName(kind, names) }
    problems.push(...files.flatMap((file) => fileProblems(feed, file)))
    if (kind === 'replay') return { ...replaySpec(settings, files), name: uniqueName(kind, names) }
    const [file = rest] = files
    return { feed: 'module', file, name: uniqueName(moduleName(file), names) }
  })
  if (problems.length > 0) throw new ConfigError(problems)
  return specs
}

/**
 * Names of the producers without whose fresh data the server is not ready.
 *
 * @throws ConfigError when `required` names a producer that there is not.
 */
export function requiredProducers(required: Settings['required'], specs: readonly ProducerSpec[]): readonly string[] {
  const names = specs.map(({ name }) => name)
  if (required === 'all') return names
  const unknown = required.filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    const expected = names.join(', ')
    throw new ConfigError(
      unknown.map((name) => `required: expected names among ${expected}, found ${name}. ${remedyFor(name, names)}`)
    )
  }
  return required
}

function syntheticSpec({ seed, symbols, rate }: FeedSettings) {
  return { feed: 'synthetic', seed, symbols, ratePerSecond: rate } as const
}

function replaySpec({ speed, once, hold }: FeedSettings, files: readonly string[]) {
  return { feed: 'replay', files, speed, loop: !once, hold } as const
}

/** `name`, or `name-2` and so on; keeps what it returns in `taken`. */
function uniqueName(name: string, taken: Set<string>): string {
  let unique = name
  for (let count = 2; taken.has(unique); count++) unique = `${name}-${count}`
  taken.add(unique)
  return unique
}

/** Base name of a file without what a name in `required` may not hold. */
function moduleName(file: string): string {
  return (
    basename(file, extname(file))
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[._-]+/, '') || 'module'
  )
}

function fileProblems(feed: string, file: string): readonly string[] {
  const problem = (found: string) => [`feed: expected a readable file, found ${found} (${feed}). Check the path`]
  try {
    accessSync(file, constants.R_OK)
    return statSync(file).isFile() ? [] : problem(`something else at ${file}`)
  } catch (error) {
    return problem(error instanceof Error ? error.message : String(error))
  }
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
