import type { SettingName } from './settings.ts'

/** All environment variables of ours begin with it; one that names no setting is refused as a slip. */
export const ENVIRONMENT_PREFIX = 'TICKCAST_'

/** The environment variable that names the config file. */
export const CONFIG_FILE_VARIABLE = `${ENVIRONMENT_PREFIX}CONFIG`

/** The environment variables that carry a setting, the strongest first: `flushMs` has `TICKCAST_FLUSH_MS`. */
export function environmentNames(name: SettingName): readonly string[] {
  const own = `${ENVIRONMENT_PREFIX}${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`
  return name === 'port' ? [own, 'PORT'] : [own]
}

/** The flag of a key: `flushMs` has `--flush-ms`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, '-$&').toLowerCase()}`
}
