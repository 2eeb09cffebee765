import { CODES } from '../protocol/codes.ts'
import type { Hello, Notice } from '../protocol/server-events.ts'
import type { Every } from '../telemetry/pulse.ts'
import type { Clients } from './clients.ts'

/** Time between two pings of a connection, ms: each costs two system calls and wakes the process for the answer. */
export const PING_INTERVAL_MS = 25_000
/** Time for the answer, ms: a client that vanished without a word is gone after both at the latest. */
export const PING_TIMEOUT_MS = 30_000

/** What every door is given. */
export interface DoorOptions {
  readonly clients: Clients
  /** Origins whose pages may connect: all, or these and the server's own. */
  readonly corsOrigin: '*' | readonly string[]
  /** Largest message of a client, bytes. */
  readonly maxMessageBytes: number
  /** Bytes that a client may leave untaken before nothing more is read from it. */
  readonly maxBacklogBytes: number
  /** Time after which a client that stays behind is closed, ms. */
  readonly slowCloseMs: number
  /** Makes the first event of a connection. */
  readonly hello: (sessionId: string) => Hello
  /** Longest delay after which a client is asked to come back, ms. */
  readonly reconnectAfterMs: number
  /** Default: a timer of its own. */
  readonly every?: Every
}

/** Says goodbye, with a delay of the client's own, so that not all come back at once. */
export function shutdownNotice(reconnectAfterMs: number): Notice {
  const { code, meaning } = CODES.shutdown
  return {
    code,
    name: 'shutdown',
    message: meaning,
    reconnectAfterMs: Math.round(Math.random() * reconnectAfterMs)
  }
}

/** Browsers say which page connects; other clients say nothing, and are not held by this. */
export function originIsAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: '*' | readonly string[]
): boolean {
  if (allowed === '*' || origin === undefined || allowed.includes(origin)) return true
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}
