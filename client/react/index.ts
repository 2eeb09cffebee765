import { createContext, createElement, type ReactNode, useContext, useMemo, useSyncExternalStore } from 'react'
import type { Interval } from '../../src/market/candle-interval.ts'
import type { LiveQuality } from '../feed.ts'
import type { Live, LiveOptions } from '../live/live.ts'
import type { BookOptions, LiveBook } from '../live/live-book.ts'
import type { LiveCandles } from '../live/live-candles.ts'
import type { LiveQuote } from '../live/live-quote.ts'
import type { LiveTicker } from '../live/live-ticker.ts'
import type { LiveTrades, TradesOptions } from '../live/live-trades.ts'
import type { Market } from '../market.ts'
import type { Snapshot } from './live-store.ts'
import { MarketStores } from './market-stores.ts'

export type { Snapshot } from './live-store.ts'

const MarketContext = createContext<MarketStores | undefined>(undefined)

export interface MarketProviderProps {
  readonly market: Market
  readonly children?: ReactNode
}

/** Gives a market to every component below. The market is the caller's: it is not closed. */
export function MarketProvider({ market, children }: MarketProviderProps): ReactNode {
  const stores = useMemo(() => new MarketStores(market), [market])
  return createElement(MarketContext.Provider, { value: stores }, children)
}

/** The market of the provider above. */
export function useMarket(): Market {
  return useStores().market
}

/** The best bid and offer; renders anew at most once a frame. */
export function useQuote(symbol: string, options: LiveOptions = {}): Snapshot<LiveQuote> {
  return useLive(`quote ${symbol} ${keyOf(options)}`, (market) => market.quote(symbol, options))
}

/** The 24-hour statistics. */
export function useTicker(symbol: string, options: LiveOptions = {}): Snapshot<LiveTicker> {
  return useLive(`ticker ${symbol} ${keyOf(options)}`, (market) => market.ticker(symbol, options))
}

/** The newest trades. */
export function useTrades(symbol: string, options: TradesOptions = {}): Snapshot<LiveTrades> {
  return useLive(`trades ${symbol} ${keyOf(options)}`, (market) => market.trades(symbol, options))
}

/** The order book. */
export function useBook(symbol: string, options: BookOptions = {}): Snapshot<LiveBook> {
  return useLive(`book ${symbol} ${keyOf(options)}`, (market) => market.book(symbol, options))
}

/** Candles of the past and of the present; `live.loadBefore(count)` loads older ones. */
export function useCandles(
  symbol: string,
  interval: Interval,
  options: { readonly history?: number } = {}
): Snapshot<LiveCandles> {
  const { history = 0 } = options
  return useLive(`candles ${symbol} ${interval} ${history}`, (market) => market.candles(symbol, interval, { history }))
}

/** How far a channel can be trusted, or, for a symbol, its quote. */
export function useQuality(name: string): LiveQuality {
  const isChannel = name.split(':').length > 2
  const channel = isChannel ? name : `quote:${name}`
  return useLive(`channel ${channel}`, (market) => market.channel(channel)).quality
}

function useStores(): MarketStores {
  const stores = useContext(MarketContext)
  if (stores === undefined) throw new Error('expected a <MarketProvider market={…}> above this component, found none')
  return stores
}

function useLive<L extends Live<unknown>>(key: string, open: (market: Market) => L): Snapshot<L> {
  const store = useStores().of(key, open)
  return useSyncExternalStore(store.subscribe, store.snapshot, store.snapshot)
}

function keyOf(options: object): string {
  const entries = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.map((entry) => entry.join('=')).join()
}
