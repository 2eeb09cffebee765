import { integer, list, listOrAll, multiple, onOrOff } from './setting-kinds.ts'

/** Where market data comes from, and what is made of it. */
export const DATA_SETTINGS = {
  feed: list({
    group: 'Feeds',
    default: ['synthetic'],
    separator: ';',
    form: /^(synthetic|replay:.+|module:.+)$/,
    expected: 'synthetic, replay:FILE[,FILE…] or module:FILE, several of them separated by ;',
    argument: 'feed',
    description: 'Where the market data comes from: synthetic, replay:FILE[,FILE…] or module:FILE'
  }),
  seed: integer({
    group: 'Feeds',
    only: 'synthetic',
    default: 1,
    minimum: 0,
    maximum: 4_294_967_295,
    description: 'Start of the random numbers of the synthetic market; the same seed makes the same market'
  }),
  symbols: integer({
    group: 'Feeds',
    only: 'synthetic',
    default: 24,
    minimum: 1,
    maximum: 5_000,
    unit: 'symbols',
    description: 'Symbols of the synthetic market'
  }),
  rate: integer({
    group: 'Feeds',
    only: 'synthetic',
    default: 1_000,
    minimum: 1,
    maximum: 200_000,
    unit: 'messages/s',
    description: 'Messages a second of the synthetic market, over all its channels'
  }),
  speed: multiple({
    group: 'Feeds',
    only: 'replay',
    default: 1,
    minimum: 0.01,
    maximum: 100_000,
    description: 'Multiple of the recorded speed of a replay; max plays as fast as clients take it'
  }),
  once: onOrOff({
    group: 'Feeds',
    only: 'replay',
    oppositeFlag: 'loop',
    description: 'Play a replay once instead of starting again at its end'
  }),
  hold: onOrOff({
    group: 'Feeds',
    only: 'replay',
    description: 'Hold a replay until the first client subscribes'
  }),
  maxProducers: integer({
    group: 'Feeds',
    default: 16,
    minimum: 1,
    maximum: 128,
    unit: 'threads',
    description: 'Most producer threads, one for each feed'
  }),
  maxProducerMb: integer({
    group: 'Feeds',
    default: 1_536,
    minimum: 64,
    maximum: 65_536,
    unit: 'MiB',
    description: 'Memory that one producer thread may hold, garbage apart; a thread that holds more is replaced'
  }),
  deriveMs: integer({
    group: 'Derived data',
    default: 250,
    minimum: 10,
    maximum: 60_000,
    unit: 'ms',
    description: 'Shortest time between two updates of a candle in progress or a ticker of one symbol'
  }),
  depthIdleMs: integer({
    group: 'Derived data',
    default: 5_000,
    minimum: 0,
    maximum: 3_600_000,
    unit: 'ms',
    description: 'Time for which the best levels of a book are still made after their last subscriber has left'
  }),
  maxDerivedSymbols: integer({
    group: 'Derived data',
    default: 5_000,
    minimum: 0,
    maximum: 100_000,
    unit: 'symbols',
    description: 'Symbols of one producer of which candles and tickers are made; they take up to 300 KB each in a day'
  }),
  calendars: listOrAll({
    group: 'Derived data',
    all: 'utc',
    form: /^[A-Z0-9.*_-]+:[A-Z0-9.*_-]+=(utc|us-equities)$/,
    expected:
      'utc, or VENUE:SYMBOL=us-equities and the like, where * stands for any run of characters, separated by commas',
    argument: 'rules',
    description:
      'By which calendar days, weeks and months of candles begin: utc for all, or rules such as NYSE:*=us-equities'
  })
}
