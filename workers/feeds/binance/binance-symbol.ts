/**
 * Quote currencies of Binance spot markets, for splitting `BTCUSDT`: the frames name base and quote in one word, and
 * only the exchange's instrument list, which a recording does not hold, tells them apart.
 */
const QUOTE_ASSETS = [
  ...['USDT', 'USDC', 'FDUSD', 'TUSD', 'BUSD', 'USDP', 'USDS', 'USDE', 'USD1', 'BFUSD', 'XUSD', 'RLUSD', 'PAX', 'DAI'],
  ...['USD', 'EUR', 'GBP', 'AUD', 'JPY', 'TRY', 'BRL', 'ARS', 'COP', 'MXN', 'PLN', 'RON', 'CZK', 'UAH', 'RUB', 'NGN'],
  ...['ZAR', 'EURI', 'AEUR', 'BIDR', 'BKRW', 'BVND', 'IDRT', 'UST', 'VAI', 'BTC', 'ETH', 'BNB', 'SOL', 'TRX', 'XRP'],
  ...['DOGE', 'DOT']
].sort((a, b) => b.length - a.length)

const CHANNEL_SYMBOL = /^[A-Z0-9][A-Z0-9._-]{0,63}$/

/**
 * Makes our symbol of Binance's: `BTCUSDT` → `BTC-USDT`. A symbol whose quote currency is not known stays in one piece.
 *
 * @returns `undefined` for a symbol that a channel name cannot hold (Binance lists some in Chinese characters).
 */
export function splitSymbol(venueSymbol: string): string | undefined {
  const symbol = venueSymbol.toUpperCase()
  if (!CHANNEL_SYMBOL.test(symbol)) return undefined
  const quote = QUOTE_ASSETS.find((asset) => symbol.endsWith(asset) && symbol.length > asset.length)
  return quote === undefined ? symbol : `${symbol.slice(0, -quote.length)}-${quote}`
}
