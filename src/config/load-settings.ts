import { ConfigError } from './config-error.ts'
import { type ConfigFile, readConfigFile } from './config-file.ts'
import { type Environment, unknownVariables, variable } from './environment.ts'
import type { Setting } from './setting-kinds.ts'
import { CONFIG_FILE_VARIABLE, environmentNames, flagName, SECOND_NAMES } from './setting-names.ts'
import { SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './settings.ts'

/** Where settings come from; a flag is stronger than the environment, and that than the config file. */
export interface SettingSources {
  /** The flags that were given, by camelCase name; `config` is the path of the config file. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly env: Environment
}

/** A value for a setting as somebody wrote it. */
interface Candidate {
  readonly raw: unknown
  /** e.g. `flag --flush-ms`. */
  readonly where: string
  /** A right way to write it there. */
  readonly example: string
}

/**
 * Reads every setting from the strongest source that has it, or takes its default.
 *
 * Weaker sources are checked, too: a wrong value that is overridden today would surface at the worst moment.
 *
 * @throws ConfigError that lists everything wrong at once.
 */
export function loadSettings({ flags, env }: SettingSources): Settings {
  const path = flags.config ?? variable(env, CONFIG_FILE_VARIABLE)
  const file = path === undefined ? undefined : readConfigFile(String(path))
  const problems = [...(file?.problems ?? []), ...unknownVariables(env)]

  const entries = SETTING_NAMES.map((name) => {
    const setting: Setting<unknown> = SETTINGS[name]
    const candidates = [
      ...flagCandidates(name, flags),
      ...environmentCandidates(name, env),
      ...fileCandidates(name, file)
    ]
    const values = candidates.map((candidate) => ({ candidate, value: setting.read(candidate.raw) }))
    for (const { candidate, value } of values) if (value === undefined) problems.push(wrongValue(name, candidate))
    return [name, values[0] === undefined ? setting.default : values[0].value] as const
  })

  const settings = Object.fromEntries(entries) as Settings
  if (problems.length === 0) problems.push(...contradictions(settings, flags))
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze(settings)
}

function flagCandidates(name: SettingName, flags: SettingSources['flags']): readonly Candidate[] {
  const { oppositeFlag, argument, defaultText }: Setting<unknown> = SETTINGS[name]
  const isOff = oppositeFlag !== undefined && flags[oppositeFlag] === true
  return namesOf(name).flatMap((key) => {
    const raw = flags[key] ?? (isOff ? false : undefined)
    const flag = flagName(key)
    const example = argument === undefined ? flag : `${flag} ${quoted(defaultText)}`
    return raw === undefined ? [] : [{ raw, where: `flag ${flag}`, example }]
  })
}

/** The name of a setting, and its second one where it has one. */
function namesOf(name: SettingName): readonly string[] {
  const second = SECOND_NAMES[name]
  return second === undefined ? [name] : [name, second]
}

function environmentCandidates(name: SettingName, env: Environment): readonly Candidate[] {
  return environmentNames(name).flatMap((key) => {
    const raw = variable(env, key)
    const example = `${key}=${quoted(SETTINGS[name].defaultText)}`
    return raw === undefined ? [] : [{ raw, where: `environment variable ${key}`, example }]
  })
}

function fileCandidates(name: SettingName, file: ConfigFile | undefined): readonly Candidate[] {
  return namesOf(name).flatMap((key) => {
    const raw = file?.values[key]
    const example = `"${key}": ${JSON.stringify(SETTINGS[name].default)}`
    return file === undefined || raw === undefined ? [] : [{ raw, where: file.name, example }]
  })
}

function wrongValue(name: SettingName, { raw, where, example }: Candidate): string {
  const { expected, unit, isSecret }: Setting<unknown> = SETTINGS[name]
  if (isSecret) return `${name}: expected ${expected}, found something else in ${where}`
  const unitText = unit === undefined ? '' : ` (${unit})`
  return `${name}: expected ${expected}${unitText}, found ${JSON.stringify(raw)} in ${where}. Write e.g. ${example}`
}

/** What each setting allows but not together. */
function contradictions(settings: Settings, flags: SettingSources['flags']): readonly string[] {
  const opposites = SETTING_NAMES.flatMap((name) => {
    const { oppositeFlag }: Setting<unknown> = SETTINGS[name]
    if (oppositeFlag === undefined || flags[name] !== true || flags[oppositeFlag] !== true) return []
    return [`${name}: ${flagName(name)} and ${flagName(oppositeFlag)} exclude each other. Give one of them`]
  })
  const twice = SETTING_NAMES.flatMap((name) => {
    const given = namesOf(name).filter((key) => flags[key] !== undefined)
    return given.length < 2 ? [] : [`${name}: ${given.map(flagName).join(' and ')} are one setting. Give one of them`]
  })
  const idle = SETTING_NAMES.flatMap((name) => {
    const { only, oppositeFlag = name }: Setting<unknown> = SETTINGS[name]
    const isGiven = flags[name] !== undefined || flags[oppositeFlag] !== undefined
    if (only === undefined || !isGiven || settings.feed.some((feed) => feed.split(':', 1)[0] === only)) return []
    const feed = only === 'replay' ? 'replay:FILE' : only
    return [
      `${name}: only ${only} feeds use it, found feed ${settings.feed.join(';')}. Add --feed ${feed}, or leave it out`
    ]
  })
  return [...opposites, ...twice, ...idle]
}

/** As a shell wants it. */
function quoted(value: string): string {
  return /[^\w.:/,-]/.test(value) ? `'${value}'` : value
}
