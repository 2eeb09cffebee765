import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { Continuity } from '../../client/continuity.ts'
import type { Update } from '../../src/protocol/server-events.ts'

// The page is plain JavaScript without declarations: what a test uses of it is described here.
interface PageContinuity {
  take(update: Update): string
  enter(channel: string, epoch: string, seq: number): void
  reconnected(): void
}
interface Instrument {
  readonly symbol: string
}
interface PageMarket {
  readonly size: number
  readonly gapCount: number
  readonly ratePerSecond: number
  instruments(): Iterable<Instrument>
  apply(update: Partial<Update>, nowMs: number): void
  setTrust(status: { channel?: string; source: string; quality: string; cause?: string; since?: number }): void
  noteGap(channel: string): void
  loseConnection(): void
  measure(elapsedMs: number): void
}
interface PageLatency {
  noteHeartbeat(serverTime: number): void
  noteRoundTrip(roundTripMs: number): void
  noteBatch(emitTime: number): void
  takeMedian(): number | undefined
}
interface PageModules {
  readonly Continuity: new () => PageContinuity
  readonly Market: new () => PageMarket
  readonly Latency: new () => PageLatency
  readonly COLUMNS: readonly { readonly id: string; text(instrument: Instrument, nowMs: number): string }[]
}

async function load<Name extends keyof PageModules>(file: string, name: Name): Promise<PageModules[Name]> {
  const module: PageModules = await import(new URL(`../../web/${file}`, import.meta.url).href)
  return module[name]
}

const PageContinuity = await load('continuity.js', 'Continuity')
const Market = await load('market.js', 'Market')
const Latency = await load('latency.js', 'Latency')
const COLUMNS = await load('columns.js', 'COLUMNS')

describe("the page's continuity rule", () => {
  const update = fc.record(
    {
      channel: fc.constantFrom('quote:SIM:A', 'quote:SIM:B'),
      seq: fc.integer({ min: 1, max: 12 }),
      prev: fc.integer({ min: 0, max: 11 }),
      type: fc.constant('snapshot'),
      epoch: fc.constantFrom('a', 'b'),
      data: fc.constant({})
    },
    { requiredKeys: ['channel', 'seq', 'data'] }
  ) as fc.Arbitrary<Update>
  const step = fc.oneof({ weight: 8, arbitrary: update }, fc.constantFrom('reconnected', 'enter a', 'enter b'))

  it('says the same as the one of the client, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const rules = [new Continuity(), new PageContinuity()]
        for (const one of steps) {
          const [ours, pages] = rules.map((rule) => {
            if (typeof one === 'object') return rule.take(one)
            if (one === 'reconnected') rule.reconnected()
            else rule.enter('quote:SIM:A', one.slice(-1), 0)
            return ''
          })
          expect(pages).toBe(ours)
        }
      })
    )
  })
})

describe("the page's market", () => {
  const nowMs = 10_000

  function texts(market: PageMarket): Record<string, string> {
    const [instrument] = market.instruments()
    if (instrument === undefined) return {}
    return Object.fromEntries(COLUMNS.map(({ id, text }) => [id, text(instrument, nowMs)]))
  }

  function quoted(bid: string, ask: string): PageMarket {
    const market = new Market()
    market.apply({ channel: 'quote:SIM:A', data: { bid, bidSize: '1', ask, askSize: '2' } }, nowMs)
    return market
  }

  it('joins the quotes and trades of a symbol in one row', () => {
    const market = quoted('1.10', '1.12')
    market.apply({ channel: 'trade:SIM:A', data: { price: '1.11' } }, nowMs)
    market.apply({ channel: 'trade:SIM:A', data: { price: '1.22' } }, nowMs)
    expect(market.size).toBe(1)
    expect(texts(market)).toMatchObject({ symbol: 'A', venue: 'SIM', bid: '1.10', ask: '1.12', last: '1.22' })
  })

  it('tells the change since the page was loaded with its sign', () => {
    const market = quoted('1', '2')
    const trade = (price: string) => market.apply({ channel: 'trade:SIM:A', data: { price } }, nowMs)
    expect(texts(market).change).toBe('–')
    trade('200')
    expect(texts(market).change).toBe('0.00%')
    trade('201')
    expect(texts(market).change).toBe('+0.50%')
    trade('190')
    expect(texts(market).change).toBe('−5.00%')
  })

  it.each([
    ['0.1', '0.3', '0.2'],
    ['1.10', '1.125', '0.025'],
    ['100', '101', '1'],
    ['68000.01', '68000.02', '0.01'],
    ['', '1', '–']
  ])('shows the spread between %s and %s as %s', (bid, ask, spread) => {
    expect(texts(quoted(bid, ask)).spread).toBe(spread)
  })

  it('says why a symbol is in doubt and since when, until it is live again', () => {
    const market = quoted('1', '2')
    const since = new Date(2026, 0, 1, 9, 30, 5).getTime()
    market.setTrust({ channel: 'quote:SIM:A', source: 'sim', quality: 'stale', cause: 'venue_silent', since })
    expect(texts(market).state).toBe('venue silent 09:30:05')
    market.setTrust({ channel: 'quote:SIM:A', source: 'sim', quality: 'live' })
    expect(texts(market).state).toBe('live')
  })

  it('takes the news of a producer for all of its channels, and for no others', () => {
    const market = new Market()
    const quote = (symbol: string, source: string) => {
      market.apply({ channel: `quote:SIM:${symbol}`, data: { bid: '1', ask: '2' } }, nowMs)
      market.setTrust({ channel: `quote:SIM:${symbol}`, source, quality: 'live' })
    }
    quote('A', 'one')
    quote('B', 'one')
    quote('C', 'two')
    market.setTrust({ source: 'one', quality: 'recovering', cause: 'producer_dead', since: 0 })
    const state = COLUMNS.find(({ id }) => id === 'state')
    const states = [...market.instruments()].map((instrument) => state?.text(instrument, nowMs).replace(/ \d.*/, ''))
    expect(states).toEqual(['producer dead', 'producer dead', 'live'])
  })

  it('doubts a symbol from a gap until the next update that may be applied', () => {
    const market = quoted('1', '2')
    market.noteGap('quote:SIM:A')
    expect([texts(market).state, market.gapCount]).toEqual(['gap, asked again', 1])
    market.apply({ channel: 'quote:SIM:A', data: { bid: '3', ask: '4' } }, nowMs)
    expect(texts(market).state).toBe('live')
  })

  it('doubts everything without a connection', () => {
    const market = quoted('1', '2')
    market.loseConnection()
    expect(texts(market).state).toMatch(/^no connection \d\d:\d\d:\d\d$/)
    market.setTrust({ channel: 'quote:SIM:A', source: 'sim', quality: 'live' })
    expect(texts(market).state).toBe('live')
  })

  it('measures rates over the time that passed', () => {
    const market = quoted('1', '2')
    market.measure(500)
    expect([market.ratePerSecond, texts(market).rate]).toEqual([2, '2.0'])
    market.measure(1_000)
    expect([market.ratePerSecond, texts(market).rate]).toEqual([0, '0'])
  })
})

describe("the page's latency", () => {
  it.each([-3_600_000, 0, 3_600_000])('does not mind a server clock that is off by %i ms', (offMs) => {
    vi.spyOn(performance, 'now').mockReturnValue(1_000_000)
    const serverNow = performance.timeOrigin + performance.now() + offMs
    const latency = new Latency()
    // The way to the page takes 20 ms at least; the updates waited for 5, 7 and 60 ms more.
    for (const wayMs of [35, 20, 28]) latency.noteHeartbeat(serverNow - wayMs)
    latency.noteRoundTrip(40)
    for (const wayMs of [25, 80, 27]) latency.noteBatch(serverNow - wayMs)
    expect(latency.takeMedian()).toBeCloseTo(27)
    vi.restoreAllMocks()
  })

  it('says nothing before the first heartbeat, and nothing where nothing came', () => {
    const latency = new Latency()
    latency.noteBatch(Date.now())
    expect(latency.takeMedian()).toBeUndefined()
    latency.noteHeartbeat(Date.now())
    expect(latency.takeMedian()).toBeUndefined()
  })
})
