/**
 * Every code a client can meet: refusals (1xx), ended subscriptions (25xx), closings after which a client comes back
 * (30xx) and after which it stays away (35xx). Codes are stable and never reused. On the native door the close code is
 * the number plus 1000.
 */
export const CODES = {
  badRequest: { code: 100, temporary: false, meaning: 'The request does not have the documented form' },
  unknownRequest: { code: 101, temporary: false, meaning: 'There is no request of this name' },
  badChannel: { code: 102, temporary: false, meaning: 'The channel name or pattern does not follow the grammar' },
  unknownChannel: { code: 103, temporary: true, meaning: 'No producer publishes this channel now' },
  tooManyChannels: { code: 104, temporary: false, meaning: 'The connection would hold more channels than its limit' },
  notSubscribed: { code: 105, temporary: false, meaning: 'The connection does not hold this channel' },
  rateLimited: { code: 106, temporary: true, meaning: 'Too many requests in a short time' },
  noData: { code: 107, temporary: true, meaning: 'Nothing has been published on this channel yet' },
  readOnly: {
    code: 108,
    temporary: false,
    meaning: 'Commands need the token of the operators, and none is configured'
  },
  unknownProducer: { code: 109, temporary: false, meaning: 'There is no producer of this name' },
  unknownClient: { code: 110, temporary: false, meaning: 'There is no client of this id now' },
  slowConsumer: { code: 2500, temporary: true, meaning: 'The client reads slower than its subscriptions publish' },
  caughtUp: { code: 2501, temporary: true, meaning: 'The client has caught up; updates are sent one by one again' },
  eventGap: { code: 2502, temporary: false, meaning: 'Event messages were not sent, and will not be' },
  bandwidthCapped: {
    code: 2503,
    temporary: true,
    meaning: 'The subscriptions need more bandwidth than the cap allows'
  },
  shutdown: { code: 3000, temporary: true, meaning: 'The server stops; come back after the given delay' },
  slowConsumerClosed: { code: 3001, temporary: true, meaning: 'The client stayed behind too long; come back' },
  tooManyConnections: {
    code: 3002,
    temporary: true,
    meaning: 'The server, or the address of the client, holds as many connections as it may'
  },
  subscribeTimeout: { code: 3003, temporary: true, meaning: 'The client subscribed to nothing in time' },
  protocolViolation: { code: 3500, temporary: false, meaning: 'The client keeps breaking the protocol' },
  closedByOperator: { code: 3501, temporary: false, meaning: 'An operator closed the connection' },
  tokenNeeded: { code: 3502, temporary: false, meaning: 'Operators need the token that is configured' },
  localOnly: {
    code: 3503,
    temporary: false,
    meaning: 'Without a token configured, operators are served on the machine itself only'
  }
} as const

export type CodeName = keyof typeof CODES

/** A refusal as it is sent: `temporary` tells whether the same request may succeed later. */
export interface CodedError {
  readonly code: number
  readonly name: CodeName
  readonly message: string
  readonly temporary: boolean
}

/** Makes the error that is sent; `detail` gives expected, found and remedy of this one case. */
export function codedError(name: CodeName, detail: string): CodedError {
  const { code, temporary } = CODES[name]
  return { code, name, message: detail, temporary }
}
