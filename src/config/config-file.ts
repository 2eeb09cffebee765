import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { remedyFor } from './nearest-name.ts'
import { SECOND_NAMES } from './setting-names.ts'
import { SETTING_NAMES } from './settings.ts'

/** What a config file holds; `problems` says what is wrong with it as a whole. */
export interface ConfigFile {
  /** Short name for messages, e.g. `tickcast.json`. */
  readonly name: string
  readonly values: Readonly<Record<string, unknown>>
  readonly problems: readonly string[]
}

/** Reads a JSON object whose keys are names of settings. Values are checked by whoever uses them. */
export function readConfigFile(path: string): ConfigFile {
  const name = basename(path)
  const wrong = (problem: string): ConfigFile => ({ name, values: {}, problems: [`config: ${problem}`] })
  try {
    const values: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      return wrong(`expected a JSON object in ${path}, found ${describe(values)}. Write e.g. {"port": 8080}`)
    }
    return { name, values: { ...values }, problems: unknownKeys(name, Object.keys(values)) }
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error)
    return wrong(`expected a readable JSON file at ${path}, found: ${found}. Check the path and its content`)
  }
}

function unknownKeys(file: string, keys: readonly string[]): readonly string[] {
  return keys
    .filter((key) => !SETTING_NAMES.some((name) => name === key || SECOND_NAMES[name] === key))
    .map((key) => `${key}: there is no such setting, found in ${file}. ${remedyFor(key, SETTING_NAMES)}`)
}

function describe(value: unknown): string {
  return Array.isArray(value) ? 'an array' : JSON.stringify(value)
}
