import { type Static, Type } from 'typebox'

/** A decimal number exactly as the venue sent it; never a float. */
const Decimal = (description: string) => Type.String({ description, pattern: '^-?[0-9]+(\\.[0-9]+)?$' })
const TimeMs = (description: string) => Type.Integer({ description: `${description}, ms since the Unix epoch, UTC` })

/** One price level of a book side: `[price, size]`. In a delta, size `"0"` removes the level. */
export const LevelSchema = Type.Tuple([Decimal('Price'), Decimal('Size; "0" removes the level in a delta')])
export type Level = Readonly<Static<typeof LevelSchema>>

export const TradeSchema = Type.Object({
  id: Type.String({ description: "The venue's own trade id" }),
  price: Decimal('Quote currency per one unit of base'),
  size: Decimal('Base units'),
  side: Type.Union([Type.Literal('buy'), Type.Literal('sell')], { description: 'The aggressor' }),
  conditions: Type.Optional(Type.Array(Type.String(), { description: 'Sale conditions, as the venue names them' }))
})
/** One execution (payload of `trade:`). */
export type Trade = Readonly<Static<typeof TradeSchema>>

export const QuoteSchema = Type.Object({
  bid: Decimal('Best bid price'),
  bidSize: Decimal('Size at the best bid'),
  ask: Decimal('Best ask price'),
  askSize: Decimal('Size at the best ask'),
  venueSeq: Type.Optional(Type.Integer({ description: "The venue's own update id" }))
})
/** Best bid and offer (payload of `quote:`). */
export type Quote = Readonly<Static<typeof QuoteSchema>>

export const BookSchema = Type.Object({
  bids: Type.Array(LevelSchema, { description: 'Descending by price' }),
  asks: Type.Array(LevelSchema, { description: 'Ascending by price' }),
  venueSeq: Type.Optional(Type.Integer({ description: "The venue's own id of the last update contained" })),
  checksum: Type.Optional(Type.Integer({ description: "The venue's own CRC32 over the top of the book" }))
})
/** Level 2 order book, whole (snapshot) or changed levels (delta); payload of `book:`. */
export type Book = Readonly<{
  bids: readonly Level[]
  asks: readonly Level[]
  venueSeq?: number
  checksum?: number
}>

export const CandleSchema = Type.Object({
  openTime: TimeMs('Start of the interval'),
  open: Decimal('First price'),
  high: Decimal('Highest price'),
  low: Decimal('Lowest price'),
  close: Decimal('Last price'),
  volume: Decimal('Base units traded'),
  quoteVolume: Decimal('Quote currency traded'),
  trades: Type.Integer({ description: 'Number of trades' }),
  takerBuyVolume: Decimal('Base units bought by the aggressor'),
  vwap: Decimal('Volume-weighted average price'),
  closed: Type.Boolean({ description: 'No further trade is expected in this interval' }),
  partial: Type.Optional(Type.Boolean({ description: 'Some trades of the interval are unknown' })),
  corrected: Type.Optional(Type.Boolean({ description: 'It was told closed before; a late trade changed it' }))
})
/** OHLCV over an interval (payload of `candle:`). */
export type Candle = Readonly<Static<typeof CandleSchema>>

/** Rolling 24-hour statistics (payload of `ticker:`). */
export const TickerSchema = Type.Object({
  last: Decimal('Last price'),
  change: Decimal('last - open'),
  changePercent: Decimal('change in percent of open'),
  open: Decimal('Price 24 hours ago'),
  high: Decimal('Highest price in the window'),
  low: Decimal('Lowest price in the window'),
  volume: Decimal('Base units traded in the window'),
  quoteVolume: Decimal('Quote currency traded in the window'),
  vwap: Decimal('Volume-weighted average price of the window'),
  trades: Type.Integer({ description: 'Number of trades in the window' }),
  bid: Type.Optional(Decimal('Best bid price')),
  ask: Type.Optional(Decimal('Best ask price')),
  windowStart: TimeMs('Start of the window, or the first trade that is known')
})
export type Ticker = Readonly<Static<typeof TickerSchema>>
