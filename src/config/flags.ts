import type { Setting, SettingGroup } from './setting-kinds.ts'
import { CONFIG_FILE_VARIABLE, environmentNames, flagName, SECOND_NAMES } from './setting-names.ts'
import { SETTING_NAMES, SETTINGS, type SettingName } from './settings.ts'

/** One command line option; whoever knows a command line library makes it of this. */
export interface FlagDescription {
  /** Key under which `loadSettings` expects the value. */
  readonly key: string
  /** e.g. `--flush-ms`. */
  readonly flag: string
  /** Stands for the value in the help, e.g. `ms`; a switch has none. */
  readonly argument?: string
  /** May be given several times; the values are collected in an array. */
  readonly isRepeatable: boolean
  /** With limits, default and environment variable. The default is told only: it must not be given as a value. */
  readonly description: string
  readonly group: SettingGroup
}

/** All options in the order of the help, `--config` first. */
export function flagDescriptions(): readonly FlagDescription[] {
  return [configFlag, ...SETTING_NAMES.flatMap((name) => flagsOf(name, SETTINGS[name], environmentNames(name)))]
}

const configFlag: FlagDescription = {
  key: 'config',
  flag: '--config',
  argument: 'file',
  isRepeatable: false,
  description: `JSON file with settings by name, e.g. {"flushMs": 10} (env: ${CONFIG_FILE_VARIABLE})`,
  group: 'Server'
}

function flagsOf(key: string, setting: Setting<unknown>, variables: readonly string[]): readonly FlagDescription[] {
  const { group, description, limits, unit, argument, oppositeFlag, isRepeatable = false } = setting
  const env = `env: ${variables.join(' or ')}`
  const flag = { key, flag: flagName(key), isRepeatable, group }
  if (argument !== undefined) {
    const values = limits === undefined ? [] : [unit === undefined ? limits : `${limits} ${unit}`]
    if (isRepeatable) values.push('may be repeated')
    const details = [...values, `default: ${setting.defaultText}`, env].join('; ')
    const first = { ...flag, argument, description: `${description} (${details})` }
    const second = SECOND_NAMES[key as SettingName]
    if (second === undefined) return [first]
    return [first, { ...first, key: second, flag: flagName(second), description: `Same as ${first.flag}` }]
  }
  const opposite = oppositeFlag === undefined ? '' : `; opposite: ${flagName(oppositeFlag)}`
  const switches = [{ ...flag, description: `${description} (${env}${opposite})` }]
  if (oppositeFlag === undefined) return switches
  const off = { ...flag, key: oppositeFlag, flag: flagName(oppositeFlag), description: `Opposite of ${flag.flag}` }
  return [...switches, off]
}
