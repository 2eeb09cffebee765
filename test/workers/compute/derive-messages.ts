import type { BuiltCandle } from '../../../src/market/candle-aggregate.ts'
import type { ChannelMessage, FeedMessage } from '../../../src/protocol/feed-message.ts'
import type { DerivedMessage, OutgoingMessage } from '../../../workers/compute/derive-message.ts'

let nextId = 1

/** A trade of one unit, with an id of its own. */
export function tradeAt(exchangeTime: number, price = '100', symbol = 'AAPL'): ChannelMessage {
  const data = { id: String(nextId++), price, size: '1', side: 'buy' }
  return { channel: `trade:SIM:${symbol}`, exchangeTime, data }
}

export function quoteAt(exchangeTime: number, bid: string, symbol = 'AAPL'): ChannelMessage {
  const data = { bid, bidSize: '1', ask: `${bid}1`, askSize: '1' }
  return { channel: `quote:SIM:${symbol}`, exchangeTime, data }
}

const isUpdate = (message: OutgoingMessage | FeedMessage): message is DerivedMessage => 'channel' in message

/** The messages of one channel, or of all channels that begin so. */
export const ofChannel = (messages: readonly OutgoingMessage[], start: string): DerivedMessage[] =>
  messages.filter(isUpdate).filter(({ channel }) => channel.startsWith(start))

/** The candles of an interval of `SIM:AAPL`. */
export const candlesOf = (messages: readonly OutgoingMessage[], interval: string): BuiltCandle[] =>
  ofChannel(messages, `candle:SIM:AAPL:${interval}`).map(({ data }) => data as BuiltCandle)

/** What was derived: all that the feed did not publish itself. */
export const derivedIn = (messages: readonly OutgoingMessage[]): DerivedMessage[] =>
  messages.filter(isUpdate).filter(({ channel }) => /^(candle|ticker):/.test(channel))
