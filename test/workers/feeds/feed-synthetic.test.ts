import { describe, expect, it } from 'vitest'
import type { ChannelMessage, FeedMessage } from '../../../src/protocol/feed-message.ts'
import type { FeedContext } from '../../../workers/feeds/feed.ts'
import { createSyntheticFeed, type SyntheticClock } from '../../../workers/feeds/feed-synthetic.ts'
import { SyntheticMarket } from '../../../workers/feeds/synthetic/synthetic-market.ts'

const SEED = 77
const START_MS = 1_700_000_000_000

/** A clock on which waiting takes no time; it fires late by `lateMs`, as timers do. */
class FakeClock implements SyntheticClock {
  nowMs = 0
  waitCount = 0
  readonly #lateMs: number

  constructor(lateMs = 0) {
    this.#lateMs = lateMs
  }

  wallMs(): number {
    return START_MS + Math.floor(this.nowMs)
  }

  monotonicMs(): number {
    return this.nowMs
  }

  async wait(ms: number): Promise<void> {
    this.waitCount += 1
    this.nowMs += ms + this.#lateMs
  }
}

interface Batch {
  readonly atMs: number
  readonly messages: readonly ChannelMessage[]
}

function specOf(ratePerSecond: number, symbols = 24) {
  return { name: 'synthetic', feed: 'synthetic', seed: SEED, symbols, ratePerSecond } as const
}

function contextOf(signal = new AbortController().signal) {
  const logged: string[] = []
  const context: FeedContext = { signal, log: (level, text) => logged.push(`${level} ${text}`) }
  return { context, logged }
}

function isChannelMessage(message: FeedMessage): message is ChannelMessage {
  return 'channel' in message
}

/** Runs a feed until the clock has reached `untilMs`; `stall` is called after each batch. */
async function run(ratePerSecond: number, untilMs: number, clock: FakeClock, stall?: (batch: Batch) => void) {
  const { context, logged } = contextOf()
  const feed = createSyntheticFeed(specOf(ratePerSecond), context, clock)
  const batches: Batch[] = []
  for await (const messages of feed.messages()) {
    if (clock.nowMs >= untilMs) break
    const batch = { atMs: clock.nowMs, messages: messages.filter(isChannelMessage) }
    batches.push(batch)
    stall?.(batch)
  }
  return { batches, logged }
}

function countOf(batches: readonly Batch[]): number {
  return batches.reduce((sum, { messages }) => sum + messages.length, 0)
}

/** The most messages within any `windowMs`. */
function peakOf(batches: readonly Batch[], windowMs: number): number {
  let peak = 0
  for (const { atMs } of batches) {
    const inWindow = batches.filter((batch) => batch.atMs >= atMs && batch.atMs < atMs + windowMs)
    peak = Math.max(peak, countOf(inWindow))
  }
  return peak
}

describe(`the synthetic feed, seed ${SEED}`, () => {
  it('cannot pause, and declares trades, quotes and books of every symbol before it sends any', async () => {
    const clock = new FakeClock()
    const feed = createSyntheticFeed(specOf(50_000), contextOf().context, clock)
    expect(feed.canPause).toBe(false)
    const declared = (await feed.open()).map(({ channel }) => channel)
    expect(declared.slice(0, 3)).toEqual(['trade:SIM:BTC-USD', 'quote:SIM:BTC-USD', 'book:SIM:BTC-USD'])
    expect(declared).toHaveLength(72)
    const { batches } = await run(50_000, 1_000, clock)
    const sent = new Set(batches.flatMap(({ messages }) => messages.map(({ channel }) => channel)))
    expect([...sent].toSorted()).toEqual(declared.toSorted())
  })

  it.each([
    [1, 1_000],
    [7, 300],
    [1_000, 20],
    [30_000, 5],
    [200_000, 2]
  ])('sends %i messages a second, within 2 %, over %i s', async (ratePerSecond, seconds) => {
    const { batches } = await run(ratePerSecond, seconds * 1_000, new FakeClock(0.7))
    expect(countOf(batches) / (ratePerSecond * seconds)).toBeGreaterThan(0.98)
    expect(countOf(batches) / (ratePerSecond * seconds)).toBeLessThan(1.02)
  })

  it('sends in bursts, but never more than three times the rate within 100 ms', async () => {
    const { batches } = await run(20_000, 8_000, new FakeClock())
    const peak = peakOf(batches, 100) / (20_000 * 0.1)
    expect(peak).toBeGreaterThan(1.5)
    expect(peak).toBeLessThan(3)
  })

  it('sleeps until the next message is due when the rate is low', async () => {
    const clock = new FakeClock()
    await run(1, 500_000, clock)
    expect(clock.waitCount).toBeLessThan(1_500)
  })

  it('sends the same whatever the rate and however late its timers are', async () => {
    const expected: ChannelMessage[] = []
    const market = new SyntheticMarket(SEED, 24)
    while (expected.length < 20_000) market.next(0, expected)
    const texts = expected.map(({ channel, data }) => `${channel} ${JSON.stringify(data)}`).slice(0, 10_000)
    const slow = await run(100, 120_000, new FakeClock(31.7))
    const fast = await run(200_000, 300, new FakeClock())
    const stalled = await run(20_000, 4_000, new FakeClock(900))
    for (const { batches } of [slow, fast, stalled]) {
      const sent = batches.flatMap(({ messages }) => messages)
      const sentTexts = sent.slice(0, 10_000).map(({ channel, data }) => `${channel} ${JSON.stringify(data)}`)
      expect(sentTexts).toEqual(texts)
    }
  })

  it('stamps messages with the wall clock', async () => {
    const { batches } = await run(1_000, 2_000, new FakeClock())
    for (const { atMs, messages } of batches) {
      for (const { exchangeTime } of messages) expect(exchangeTime).toBe(START_MS + Math.floor(atMs))
    }
  })

  it('keeps a trade in one batch with the book that shows it, also when it has much to catch up on', async () => {
    const clock = new FakeClock()
    const { batches } = await run(200_000, 1_500, clock, ({ atMs }) => {
      if (atMs < 600 && atMs > 500) clock.nowMs += 400
    })
    expect(Math.max(...batches.map(({ messages }) => messages.length))).toBeGreaterThan(4_000)
    for (const { messages } of batches) {
      expect(messages.length).toBeLessThan(4_096 + 5)
      for (const [index, { channel }] of messages.entries()) {
        if (channel.startsWith('trade:')) expect(messages[index + 1]?.channel).toBe(channel.replace('trade:', 'book:'))
      }
    }
  })

  it('makes up for one second of a long stall, says so once, and skips the rest', async () => {
    const clock = new FakeClock()
    let isStalled = false
    const { batches, logged } = await run(10_000, 64_000, clock, ({ atMs }) => {
      if (atMs > 2_000 && !isStalled) {
        isStalled = true
        clock.nowMs += 60_000
      }
    })
    // 2 s before the stall and 2 s after it, and 1 s made up for.
    expect(countOf(batches)).toBeGreaterThan(49_000)
    expect(countOf(batches)).toBeLessThan(51_000)
    expect(logged).toHaveLength(1)
    expect(logged[0]).toMatch(/^warn synthetic: skipped \d+ messages so far/)
  })

  it('makes up for all of a stall of just under a second', async () => {
    const clock = new FakeClock()
    let isStalled = false
    const { batches, logged } = await run(10_000, 5_000, clock, ({ atMs }) => {
      if (atMs >= 2_000 && !isStalled) {
        isStalled = true
        clock.nowMs += 900
      }
    })
    expect(logged).toEqual([])
    expect(countOf(batches)).toBeGreaterThan(49_500)
  })

  it.each(['close', 'signal'] as const)('ends its messages on %s, even while it waits', async (how) => {
    const stop = new AbortController()
    // The real clock at the lowest rate: the next message is seconds away, so only ending the wait ends the test.
    const feed = createSyntheticFeed(specOf(1), contextOf(stop.signal).context)
    const messages = feed.messages()[Symbol.asyncIterator]()
    expect((await messages.next()).done).toBe(false)
    const next = messages.next()
    if (how === 'close') await Promise.all([feed.close(), feed.close()])
    else stop.abort()
    expect((await next).done).toBe(true)
    expect((await messages.next()).done).toBe(true)
  })

  it('sends nothing when it was closed before it began', async () => {
    const feed = createSyntheticFeed(specOf(1), contextOf().context)
    await feed.close()
    expect((await feed.messages()[Symbol.asyncIterator]().next()).done).toBe(true)
  })

  it.each([1, 5_000])('opens a market of %i symbols', async (symbols) => {
    const clock = new FakeClock()
    const feed = createSyntheticFeed(specOf(200_000, symbols), contextOf().context, clock)
    expect(await feed.open()).toHaveLength(3 * symbols)
    const sent = new Set<string>()
    for await (const messages of feed.messages()) {
      for (const message of messages.filter(isChannelMessage)) sent.add(message.channel)
      if (clock.nowMs > 200) break
    }
    expect(sent.size).toBe(3 * symbols)
  })
})
