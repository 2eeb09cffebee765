import { describe, expect, it } from 'vitest'
import { splitSymbol } from '../../../../workers/feeds/binance/binance-symbol.ts'

describe('A Binance symbol', () => {
  it.each([
    ['BTCUSDT', 'BTC-USDT'],
    ['btcusdt', 'BTC-USDT'],
    ['ETHBTC', 'ETH-BTC'],
    ['BTCFDUSD', 'BTC-FDUSD'],
    ['BNBTUSD', 'BNB-TUSD'],
    ['USDTTRY', 'USDT-TRY'],
    ['1000SATSUSDC', '1000SATS-USDC']
  ])('is split before the longest quote currency it ends with: %s → %s', (venueSymbol, symbol) => {
    expect(splitSymbol(venueSymbol)).toBe(symbol)
  })

  it.each([
    ['ABCXYZ', 'ABCXYZ'],
    ['usdt', 'USDT'],
    ['BTCUSDT_240927', 'BTCUSDT_240927']
  ])('stays in one piece when no quote currency is known in it: %s → %s', (venueSymbol, symbol) => {
    expect(splitSymbol(venueSymbol)).toBe(symbol)
  })

  it.each(['', '币安人生USDT', 'BTC:USDT'])('is not taken when no channel name can hold it: %s', (venueSymbol) => {
    expect(splitSymbol(venueSymbol)).toBeUndefined()
  })
})
