import { choice, integer, list, listOrAll, multiple, onOrOff, type Setting, text } from './setting-kinds.ts'

/**
 * Every setting there is: the one place that gives it a name, a unit, limits and a default.
 *
 * The key is the name in a config file; `setting-names.ts` makes the flag and the environment variable of it.
 */
export const SETTINGS = {
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
  feed: list({
    group: 'Feeds',
    default: ['synthetic'],
    separator: ';',
    form: /^(synthetic|replay:.+|module:.+)$/,
    expected: 'synthetic, replay:FILE[,FILE…] or module:FILE, several of them separated by ;',
    argument: 'feed',
    description: 'Where the market data comes from: synthetic, replay:FILE[,FILE…] or module:FILE'
  }),
  seed: integer({
    group: 'Feeds',
    only: 'synthetic',
    default: 1,
    minimum: 0,
    maximum: 4_294_967_295,
    description: 'Start of the random numbers of the synthetic market; the same seed makes the same market'
  }),
  symbols: integer({
    group: 'Feeds',
    only: 'synthetic',
    default: 24,
    minimum: 1,
    maximum: 5_000,
    unit: 'symbols',
    description: 'Symbols of the synthetic market'
  }),
  rate: integer({
    group: 'Feeds',
    only: 'synthetic',
    default: 1_000,
    minimum: 1,
    maximum: 200_000,
    unit: 'messages/s',
    description: 'Messages a second of the synthetic market, over all its channels'
  }),
  speed: multiple({
    group: 'Feeds',
    only: 'replay',
    default: 1,
    minimum: 0.01,
    maximum: 100_000,
    description: 'Multiple of the recorded speed of a replay; max plays as fast as clients take it'
  }),
  once: onOrOff({
    group: 'Feeds',
    only: 'replay',
    oppositeFlag: 'loop',
    description: 'Play a replay once instead of starting again at its end'
  }),
  hold: onOrOff({
    group: 'Feeds',
    only: 'replay',
    description: 'Hold a replay until the first client subscribes'
  }),
  maxProducers: integer({
    group: 'Feeds',
    default: 16,
    minimum: 1,
    maximum: 128,
    unit: 'threads',
    description: 'Most producer threads, one for each feed'
  }),
  maxProducerMb: integer({
    group: 'Feeds',
    default: 512,
    minimum: 64,
    maximum: 65_536,
    unit: 'MiB',
    description: 'Memory of one producer thread; a thread that takes more is replaced'
  }),
  flushMs: integer({
    group: 'Delivery',
    default: 10,
    minimum: 1,
    maximum: 1_000,
    unit: 'ms',
    description: 'Shortest time between two flushes of the queue to clients, kept while the event loop has time'
  }),
  flushMaxMs: integer({
    group: 'Delivery',
    default: 50,
    minimum: 1,
    maximum: 1_000,
    unit: 'ms',
    description: 'Time between two flushes that is approached as the event loop fills up; never below flushMs'
  }),
  queue: integer({
    group: 'Delivery',
    default: 5_000,
    minimum: 100,
    maximum: 1_000_000,
    unit: 'messages',
    description: 'Messages that may wait for the next flush; beyond it state is merged and events become a counted gap'
  }),
  recoveryMb: integer({
    group: 'Delivery',
    default: 32,
    minimum: 1,
    maximum: 4_096,
    unit: 'MiB',
    description: 'Memory for recent messages, from which returning clients catch up'
  }),
  heartbeatMs: integer({
    group: 'Delivery',
    default: 1_000,
    minimum: 100,
    maximum: 60_000,
    unit: 'ms',
    description: 'Time between two heartbeats to each client'
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
  maxConnections: integer({
    group: 'Client limits',
    default: 20_000,
    minimum: 1,
    maximum: 1_000_000,
    unit: 'connections',
    description: 'Most client connections; more are refused'
  }),
  maxConnectionsPerAddress: integer({
    group: 'Client limits',
    default: 0,
    minimum: 0,
    maximum: 1_000_000,
    unit: 'connections',
    description: 'Most client connections from one network address; 0 switches this off'
  }),
  firstSubscribeMs: integer({
    group: 'Client limits',
    default: 0,
    minimum: 0,
    maximum: 3_600_000,
    unit: 'ms',
    description: 'A client that subscribes to nothing for so long is closed; 0 switches this off'
  }),
  maxChannelsPerClient: integer({
    group: 'Client limits',
    default: 20_000,
    minimum: 1,
    maximum: 1_000_000,
    unit: 'channels',
    description: 'Most channels one client may hold'
  }),
  maxRequestsPerSecond: integer({
    group: 'Client limits',
    default: 100,
    minimum: 1,
    maximum: 100_000,
    unit: 'requests/s',
    description: 'Requests one client may make over time'
  }),
  maxRequestBurst: integer({
    group: 'Client limits',
    default: 1_000,
    minimum: 1,
    maximum: 1_000_000,
    unit: 'requests',
    description: 'Requests one client may make at once after a rest'
  }),
  maxMessageBytes: integer({
    group: 'Client limits',
    default: 1_048_576,
    minimum: 1_024,
    maximum: 104_857_600,
    unit: 'bytes',
    description: 'Largest message a client may send'
  }),
  maxBacklogBytes: integer({
    group: 'Client limits',
    default: 1_048_576,
    minimum: 16_384,
    maximum: 1_073_741_824,
    unit: 'bytes',
    description: 'Unsent bytes of one client beyond which it counts as slow'
  }),
  maxClientKbps: integer({
    group: 'Client limits',
    default: 0,
    minimum: 0,
    maximum: 100_000_000,
    unit: 'kbit/s',
    description: 'Most bandwidth of one client; beyond it state is merged and events become a gap. 0 switches this off'
  }),
  slowCloseMs: integer({
    group: 'Client limits',
    default: 30_000,
    minimum: 1_000,
    maximum: 3_600_000,
    unit: 'ms',
    description: 'A client that stays slow for longer is closed'
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

export type SettingName = keyof typeof SETTINGS

/** The value of every setting, read once when the process starts. */
export type Settings = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer Value> ? Value : never
}

/** All names, in the order of the help. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[]
