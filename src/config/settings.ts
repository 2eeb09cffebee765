import type { Setting } from './setting-kinds.ts'
import { DATA_SETTINGS } from './settings-data.ts'
import { DELIVERY_SETTINGS } from './settings-delivery.ts'
import { HISTORY_SETTINGS } from './settings-history.ts'
import { SERVER_SETTINGS } from './settings-server.ts'

/**
 * Every setting there is: the one place that gives it a name, a unit, limits and a default.
 *
 * The key is the name in a config file; `setting-names.ts` makes the flag and the environment variable of it.
 */
export const SETTINGS = {
  ...SERVER_SETTINGS,
  ...DATA_SETTINGS,
  ...DELIVERY_SETTINGS,
  ...HISTORY_SETTINGS
}

export type SettingName = keyof typeof SETTINGS

/** The value of every setting, read once when the process starts. */
export type Settings = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer Value> ? Value : never
}

/** All names, in the order of the help. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[]
