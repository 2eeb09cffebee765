import type { SettingName } from './settings.ts'

/** All environment variables of ours begin with it; one that names no setting is refused as a slip. */
export const ENVIRONMENT_PREFIX = 'TICKCAST_'

/** The environment variable that names the config file. */
export const CONFIG_FILE_VARIABLE = `${ENVIRONMENT_PREFIX}CONFIG`

/** Second names of settings, for whoever thinks of the pair `flushMinMs` and `flushMaxMs`. */
export const SECOND_NAMES: Readonly<Partial<Record<SettingName, string>>> = { flushMs: 'flushMinMs' }

/** The environment variables that carry a setting, the strongest first: `flushMs` has `TICKCAST_FLUSH_MS`. */
export function environmentNames(name: SettingName): readonly string[] {
  const second = SECOND_NAMES[name]
  const own = second === undefined ? [variableName(name)] : [variableName(name), variableName(second)]
  return name === 'port' ? [...own, 'PORT'] : own
}

function variableName(key: string): string {
  return `${ENVIRONMENT_PREFIX}${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`
}

/** The flag of a key: `flushMs` has `--flush-ms`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, '-$&').toLowerCase()}`
}
