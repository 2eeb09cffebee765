import { integer } from './setting-kinds.ts'

/** How often and how much is sent to clients. */
export const DELIVERY_SETTINGS = {
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
    description:
      'Time between two flushes that is approached as the event loop fills up and frames are small; never below flushMs'
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
    default: 786_432,
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
  })
}
