import type { Off } from '../listeners.ts'
import type { LiveQuote } from '../live/live-quote.ts'
import type { LiveTicker } from '../live/live-ticker.ts'
import type { Market } from '../market.ts'
import type { OnQuotes, QuoteData } from './charting-library.ts'

/** Updates a second of symbols that are in plain sight, and of others. */
const FAST_HZ = 5
const SLOW_HZ = 1

/** Follows prices of symbols, and tells those that changed together, together. */
export function watchQuotes(market: Market, slow: readonly string[], fast: readonly string[], tell: OnQuotes): Off {
  const changed = new Set<string>()
  const watched = new Map<string, { readonly quote: LiveQuote; readonly ticker: LiveTicker }>()
  const note = (symbol: string) => {
    if (changed.size === 0) queueMicrotask(flush)
    changed.add(symbol)
  }
  function flush() {
    const quotes = [...changed].flatMap((symbol) => {
      const lives = watched.get(symbol)
      return lives === undefined ? [] : [quoteData(symbol, lives.quote, lives.ticker)]
    })
    changed.clear()
    if (quotes.length > 0) tell(quotes)
  }
  for (const symbol of new Set([...fast, ...slow])) {
    const maxRateHz = fast.includes(symbol) ? FAST_HZ : SLOW_HZ
    const lives = { quote: market.quote(symbol, { maxRateHz }), ticker: market.ticker(symbol, { maxRateHz }) }
    watched.set(symbol, lives)
    for (const live of Object.values(lives)) live.onChange(() => live.value !== undefined && note(symbol))
    if (lives.quote.value !== undefined || lives.ticker.value !== undefined) note(symbol)
  }
  return () => {
    for (const { quote, ticker } of watched.values()) {
      quote.close()
      ticker.close()
    }
    watched.clear()
  }
}

/** What is not known of a symbol is left out. */
function quoteData(symbol: string, quote: LiveQuote, ticker: LiveTicker): QuoteData {
  const [exchange = '', name = symbol] = symbol.split(':')
  const { value: prices } = quote
  const { value: statistics } = ticker
  const figures = {
    lp: statistics?.last,
    ch: statistics?.change,
    chp: statistics?.changePercent,
    bid: prices?.bid,
    ask: prices?.ask,
    open_price: statistics?.open,
    high_price: statistics?.high,
    low_price: statistics?.low,
    prev_close_price: statistics?.open,
    volume: statistics?.volume
  }
  const known = Object.entries(figures).filter(([, text]) => text !== undefined)
  const numbers = Object.fromEntries(known.map(([field, text]) => [field, Number(text)]))
  const about = { short_name: name, exchange, original_name: symbol, description: `${name} on ${exchange}` }
  return { s: 'ok', n: symbol, v: { ...about, ...numbers } }
}
