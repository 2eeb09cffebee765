/**
 * Channel names: `kind:VENUE:SYMBOL[:param]`, e.g. `quote:SIM:AAPL`, `book:KRAKEN:ETH-USD:20`.
 *
 * `VENUE:SYMBOL` is a TradingView ticker unchanged. Names are ASCII by this grammar, so the length of a name in
 * characters is its length in bytes; the broadcaster relies on that when it stamps a message.
 */

/** What happens to a message of this channel that could not be sent in time. */
export type Contract =
  /** Each message carries absolute values: the newest replaces the older. */
  | 'state'
  /** Each message counts: it is sent, or its loss is an explicit, counted gap. */
  | 'event'

/** A channel name taken apart. `param` is a depth, an interval, or absent. */
export interface ChannelName {
  readonly kind: string
  readonly venue: string
  readonly symbol: string
  readonly param?: string
}

const KIND = '[a-z][a-z0-9_-]{0,31}'
const UPPER = '[A-Z0-9][A-Z0-9._-]{0,63}'
const PARAM = '[A-Za-z0-9._-]{1,32}'
const NAME = new RegExp(`^(${KIND}):(${UPPER}):(${UPPER})(?::(${PARAM}))?$`)
const PATTERN = /^[A-Za-z0-9._*-]{1,64}:[A-Z0-9._*-]{1,64}:[A-Z0-9._*-]{1,64}(?::[A-Za-z0-9._*-]{1,32})?$/

/** The grammar in words, for error messages. */
export const CHANNEL_GRAMMAR = 'kind:VENUE:SYMBOL[:param], e.g. quote:SIM:AAPL'

/** Takes a channel name apart; `undefined` when it does not follow the grammar. */
export function parseChannel(name: string): ChannelName | undefined {
  const match = NAME.exec(name)
  if (match === null) return undefined
  const [, kind = '', venue = '', symbol = '', param] = match
  return param === undefined ? { kind, venue, symbol } : { kind, venue, symbol, param }
}

/** Says whether `text` asks for many channels (`quote:SIM:*`) rather than one. */
export function isPattern(text: string): boolean {
  return text.includes('*') && PATTERN.test(text)
}

/**
 * Makes a test for a pattern. `*` stands for any run of characters within one part, so `quote:SIM:*` matches
 * `quote:SIM:AAPL` and not `book:SIM:AAPL:20`.
 */
export function patternMatcher(pattern: string): (name: string) => boolean {
  let groups = 0
  const parts = pattern.split(':').map((part) => {
    const [first = '', ...rest] = part.replaceAll('.', '\\.').split(/\*+/)
    const last = rest.pop()
    if (last === undefined) return first
    // Each piece is taken where it first occurs, and never given back: without this a client could choose a pattern
    // that takes minutes to fail. `(?=(…))\1` is how JavaScript says so.
    const middle = rest.map((piece) => `(?=([^:]*?${piece}))\\${++groups}`)
    return `${first}${middle.join('')}[^:]*${last}`
  })
  const expression = new RegExp(`^${parts.join(':')}$`)
  return (name) => expression.test(name)
}

/** The contract of a channel kind, unless its producer declares another. */
export function contractOf(kind: string): Contract {
  return kind === 'trade' ? 'event' : 'state'
}
