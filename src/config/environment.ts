import { remedyFor } from './nearest-name.ts'
import { CONFIG_FILE_VARIABLE, ENVIRONMENT_PREFIX, environmentNames } from './setting-names.ts'
import { SETTING_NAMES } from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * What Docker links and Kubernetes put into every container beside a service called `tickcast` or `tickcast-…`:
 * `TICKCAST_SERVICE_HOST`, `TICKCAST_PORT_8080_TCP_ADDR`, …, and even `TICKCAST_PORT=tcp://10.0.0.1:8080`.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const SERVICE_LINK_NAME = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/
const SERVICE_LINK_VALUE = /^(tcp|udp|sctp):\/\//

/** The environment of the process; the only place that reads it. */
export function environment(): Environment {
  return process.env
}

/** The value of a variable. An empty one counts as not set, and a service link is none of ours. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name]
  return value === undefined || value.trim() === '' || isServiceLink(name, value) ? undefined : value
}

/** A problem for each variable with our prefix that is not a setting. */
export function unknownVariables(env: Environment): readonly string[] {
  const known = [CONFIG_FILE_VARIABLE, ...SETTING_NAMES.flatMap(environmentNames)]
  return Object.keys(env)
    .filter((name) => name.startsWith(ENVIRONMENT_PREFIX) && !known.includes(name))
    .filter((name) => variable(env, name) !== undefined)
    .map((name) => `${name}: there is no such environment variable. ${remedyFor(name, known)}`)
}

function isServiceLink(name: string, value: string): boolean {
  return SERVICE_LINK_NAME.test(name) || (name.endsWith('_PORT') && SERVICE_LINK_VALUE.test(value))
}
