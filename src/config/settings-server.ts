import { choice, integer, listOrAll, secret, text } from './setting-kinds.ts'

/** Where the server listens, how it ends, when it is ready, what it logs. */
export const SERVER_SETTINGS = {
  host: text({
    group: 'Server',
    default: '127.0.0.1',
    form: /^[A-Za-z0-9.:_%-]{1,253}$/,
    expected: 'a host name or IP address without a port, e.g. 0.0.0.0',
    argument: 'address',
    description: 'Address to listen on; 0.0.0.0 listens on every IPv4 interface'
  }),
  port: integer({
    group: 'Server',
    default: 8080,
    minimum: 0,
    maximum: 65_535,
    description: 'TCP port to listen on; 0 takes any free one. PORT is read, too'
  }),
  corsOrigin: listOrAll({
    group: 'Server',
    all: '*',
    form: /^(https?:\/\/[^\s/,*]+|null)$/,
    expected: '*, none, or origins without a path such as https://example.com, separated by commas',
    argument: 'origins',
    description: 'Web origins that browsers let read the server; none allows the own page only'
  }),
  opsToken: secret({
    group: 'Server',
    form: /^[\x21-\x7e]{16,256}$/,
    expected: 'none, or 16 to 256 printable ASCII characters without spaces',
    argument: 'token',
    description: 'Token of the operators at /ops; without one they may look from the machine itself, and order nothing'
  }),
  shutdownMs: integer({
    group: 'Server',
    default: 3_000,
    minimum: 100,
    maximum: 600_000,
    unit: 'ms',
    description: 'Time a stop may take before what is left is cut off'
  }),
  reconnectAfterMs: integer({
    group: 'Server',
    default: 5_000,
    minimum: 0,
    maximum: 600_000,
    unit: 'ms',
    description: 'Upper bound of the random delay after which clients shall return from a stop'
  }),
  staleMs: integer({
    group: 'Health',
    default: 5_000,
    minimum: 0,
    maximum: 3_600_000,
    unit: 'ms',
    description: 'A running producer silent for longer makes its channels stale; 0 switches this off'
  }),
  hangMs: integer({
    group: 'Health',
    default: 3_000,
    minimum: 1_000,
    maximum: 600_000,
    unit: 'ms',
    description: 'A producer thread without a sign of life for longer is replaced'
  }),
  required: listOrAll({
    group: 'Health',
    all: 'all',
    form: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    expected: 'all, none, or names of producers, separated by commas',
    argument: 'names',
    description: 'Producers that have to deliver fresh data for the server to be ready'
  }),
  logLevel: choice({
    group: 'Logging',
    default: 'info',
    choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    argument: 'level',
    description: 'Least severity that is logged'
  }),
  logPretty: choice({
    group: 'Logging',
    default: 'auto',
    choices: ['auto', 'on', 'off'],
    argument: 'when',
    description: 'Log lines for people instead of JSON; auto does so on a terminal'
  })
}
