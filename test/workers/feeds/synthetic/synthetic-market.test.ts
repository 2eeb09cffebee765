import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ChannelMessage } from '../../../../src/protocol/feed-message.ts'
import { SyntheticMarket } from '../../../../workers/feeds/synthetic/synthetic-market.ts'
import { MarketAuditor } from './market-auditor.ts'

const SEED = 20_240_607

function generate(seed: number, symbols: number, messageCount: number): ChannelMessage[] {
  const market = new SyntheticMarket(seed, symbols)
  const messages: ChannelMessage[] = []
  while (messages.length < messageCount) market.next(1_700_000_000_000, messages)
  return messages
}

function digestPerChannel(messages: readonly ChannelMessage[]): Record<string, string> {
  const texts = new Map<string, string[]>()
  for (const { channel, data } of messages) {
    const text = texts.get(channel) ?? []
    text.push(JSON.stringify(data))
    texts.set(channel, text)
  }
  return Object.fromEntries(
    [...texts].map(([channel, text]) => [channel, createHash('sha256').update(text.join('\n')).digest('hex')])
  )
}

function audit(seed: number, symbols: number, messageCount: number): MarketAuditor {
  const market = new SyntheticMarket(seed, symbols)
  const auditor = new MarketAuditor()
  for (let read = 0; read < messageCount; ) {
    const group: ChannelMessage[] = []
    market.next(1_700_000_000_000, group)
    auditor.readGroup(group)
    read += group.length
  }
  return auditor
}

function countPerSymbol(messages: readonly ChannelMessage[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { channel } of messages) {
    const symbol = channel.split(':')[2] ?? ''
    counts.set(symbol, (counts.get(symbol) ?? 0) + 1)
  }
  return counts
}

/** The middle of a symbol's quotes at `samples` moments, as log-returns from one to the next. */
function returnsOf(messages: readonly ChannelMessage[], symbol: string, samples: number): number[] {
  const returns: number[] = []
  let middle = 0
  let sampled = 0
  for (const [index, { channel, data }] of messages.entries()) {
    if (channel === `quote:SIM:${symbol}` && 'bid' in data && 'ask' in data) {
      middle = (Number(data.bid) + Number(data.ask)) / 2
    }
    if (index % Math.floor(messages.length / samples) !== 0 || middle === 0) continue
    if (sampled > 0) returns.push(Math.log(middle / sampled))
    sampled = middle
  }
  return returns
}

function correlation(left: readonly number[], right: readonly number[]): number {
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
  const covariance = (a: readonly number[], b: readonly number[]) =>
    mean(a.map((number, index) => (number - mean(a)) * ((b[index] ?? 0) - mean(b))))
  return covariance(left, right) / Math.sqrt(covariance(left, left) * covariance(right, right))
}

describe(`the synthetic market, seed ${SEED}`, () => {
  it('sends the same again for the same seed, on every channel', () => {
    const first = digestPerChannel(generate(SEED, 24, 100_000))
    expect(Object.keys(first)).toHaveLength(72)
    expect(digestPerChannel(generate(SEED, 24, 100_000))).toEqual(first)
  })

  it('sends something else for another seed, on every channel, but lists the same symbols', () => {
    const first = digestPerChannel(generate(SEED, 24, 20_000))
    const second = digestPerChannel(generate(SEED + 1, 24, 20_000))
    expect(Object.keys(second).toSorted()).toEqual(Object.keys(first).toSorted())
    expect(Object.keys(first).filter((channel) => first[channel] === second[channel])).toEqual([])
  })

  it.each([
    [1, 20_000],
    [24, 200_000],
    [500, 200_000],
    [5_000, 40_000]
  ])('never contradicts itself or crosses a book, with %i symbols over %i messages', (symbols, messageCount) => {
    const { complaints, completeCount, counts } = audit(SEED, symbols, messageCount)
    expect(complaints.slice(0, 10)).toEqual([])
    expect(completeCount).toBe(symbols)
    expect(counts.trade).toBeGreaterThan(messageCount * 0.1)
    expect(counts.quote).toBeGreaterThan(messageCount * 0.25)
    expect(counts.book).toBeGreaterThan(messageCount * 0.35)
  })

  it.each([0, -1, 2 ** 32, Number.MAX_SAFE_INTEGER])('works with seed %i as well', (seed) => {
    expect(audit(seed, 24, 5_000).complaints).toEqual([])
  })

  it('opens every symbol before any trades on, the most active first', () => {
    const opening = generate(SEED, 500, 2_500).slice(0, 2_500)
    const { channels } = new SyntheticMarket(SEED, 500)
    expect(opening.map((message) => message.channel)).toEqual(
      channels.flatMap(({ trade, quote, book }) => [book, quote, trade, book, quote])
    )
  })

  it('trades the first symbol far more than the last, but forgets none', () => {
    const counts = countPerSymbol(generate(SEED, 500, 200_000))
    const ranked = [...counts.values()]
    const tenthOf = (tenth: number) => ranked.slice(tenth * 50, tenth * 50 + 50).reduce((sum, count) => sum + count, 0)
    expect(ranked).toHaveLength(500)
    expect(ranked[0]).toBeGreaterThan(100 * (ranked[499] ?? 0))
    expect(tenthOf(0)).toBeGreaterThan(5 * tenthOf(1))
    expect(tenthOf(1)).toBeGreaterThan(tenthOf(9))
    expect(Math.min(...ranked)).toBeGreaterThan(5)
  })

  it('moves symbols of a sector together, and the dollar against all currencies', () => {
    const messages = generate(SEED, 24, 200_000)
    const aapl = returnsOf(messages, 'AAPL', 100)
    expect(correlation(aapl, returnsOf(messages, 'MSFT', 100))).toBeGreaterThan(0.3)
    const euro = returnsOf(messages, 'EUR-USD', 100)
    expect(correlation(euro, returnsOf(messages, 'GBP-USD', 100))).toBeGreaterThan(0.3)
    expect(correlation(euro, returnsOf(messages, 'USD-JPY', 100))).toBeLessThan(-0.3)
  })
})
