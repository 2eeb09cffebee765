import { type Static, Type } from 'typebox'
import { QUALITIES, type Quality } from '../../protocol/feed-message.ts'
import type { ChannelView, MarketView } from '../market-view.ts'
import { PAGE_INFO, PAGE_QUERY, pageOf } from '../paging.ts'
import type { RouteApp } from '../route-app.ts'

const QualitySchema = (description: string) => Type.Enum([...QUALITIES], { type: 'string', description })

const SymbolSchema = Type.Object({
  ticker: Type.String({ description: 'VENUE:SYMBOL, as TradingView writes it', examples: ['SIM:AAPL'] }),
  venue: Type.String({ examples: ['SIM'] }),
  symbol: Type.String({ examples: ['AAPL'] }),
  quality: QualitySchema('The worst of its channels that are not dormant'),
  kinds: Type.Array(Type.String(), { description: 'Kinds of its channels, each once', examples: [['quote', 'trade']] }),
  channels: Type.Array(
    Type.Object({
      channel: Type.String({ examples: ['quote:SIM:AAPL'] }),
      kind: Type.String({ examples: ['quote'] }),
      quality: QualitySchema('How far its newest value can be trusted')
    })
  )
})
const SymbolsSchema = Type.Object(
  { symbols: Type.Array(SymbolSchema), ...PAGE_INFO },
  { description: 'Symbols sorted by ticker' }
)

const SymbolsQuerySchema = Type.Object({
  search: Type.Optional(Type.String({ description: 'Only tickers that hold this text, in any case', maxLength: 128 })),
  ...PAGE_QUERY
})

/** From a value one can trade on to one that must not be traded on. */
const fromBestToWorst: readonly Quality[] = ['live', 'closed', 'delayed', 'recovering', 'stale']

/** The directory of symbols: each `VENUE:SYMBOL` once, with its channels. */
export function addSymbolRoutes(app: RouteApp, view: MarketView): void {
  app.get(
    '/api/v1/symbols',
    {
      schema: {
        tags: ['market'],
        summary: 'Symbols with the channels of each',
        querystring: SymbolsQuerySchema,
        response: { 200: SymbolsSchema }
      }
    },
    ({ query: { search = '', ...pageQuery } }) => {
      const text = search.toUpperCase()
      const found = channelsByTicker(view.channels()).filter(([ticker]) => ticker.includes(text))
      const sorted = found.sort(([a], [b]) => (a < b ? -1 : 1))
      const { entries, ...page } = pageOf(sorted, ([ticker]) => ticker, pageQuery)
      return { symbols: entries.map(([ticker, channels]) => symbolEntry(ticker, channels)), ...page }
    }
  )
}

function channelsByTicker(channels: readonly ChannelView[]): [string, readonly ChannelView[]][] {
  const tickers = new Map<string, ChannelView[]>()
  for (const channel of channels) {
    const ticker = `${channel.venue}:${channel.symbol}`
    const held = tickers.get(ticker)
    if (held === undefined) tickers.set(ticker, [channel])
    else held.push(channel)
  }
  return [...tickers]
}

function symbolEntry(ticker: string, channels: readonly ChannelView[]): Static<typeof SymbolSchema> {
  return {
    ticker,
    venue: channels[0]?.venue ?? '',
    symbol: channels[0]?.symbol ?? '',
    quality: qualityOf(channels),
    kinds: [...new Set(channels.map(({ kind }) => kind))],
    channels: channels.map(({ channel, kind, quality }) => ({ channel, kind, quality }))
  }
}

/** What nobody asked for yet says nothing of the symbol. */
function qualityOf(channels: readonly ChannelView[]): Quality {
  return channels
    .filter(({ dormant }) => !dormant)
    .reduce((worst, { quality }) => worse(worst, quality), 'live' as Quality)
}

function worse(a: Quality, b: Quality): Quality {
  return fromBestToWorst.indexOf(a) > fromBestToWorst.indexOf(b) ? a : b
}
