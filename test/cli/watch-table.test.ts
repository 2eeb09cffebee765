import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { LiveQuality } from '../../client/index.ts'
import { WatchRows } from '../../src/cli/watch-rows.ts'
import { ageText, watchTable } from '../../src/cli/watch-table.ts'
import type { Update } from '../../src/protocol/server-events.ts'

const header = {
  url: 'http://localhost:8080',
  connection: 'connected',
  origins: ['synthetic'],
  channelCount: 2,
  ratePerSecond: 1_234.5,
  gaps: 0,
  notice: ''
}

const NOTHING: ReadonlyMap<string, LiveQuality> = new Map()

function updateOf(channel: string, seq: number, data: unknown, more: Partial<Update> = {}): Update {
  return { channel, seq, exchangeTime: 0, ingestTime: 0, data, ...more }
}

function summaries(rows: WatchRows): readonly string[] {
  return rows.rows(0, NOTHING).map(({ summary }) => summary.replace(/\s+/g, ' ').trim())
}

describe('the live table', () => {
  it('shows the main fields of every kind of channel', () => {
    const rows = new WatchRows(0)
    rows.apply(updateOf('candle:SIM:A:1m', 1, { open: '1', high: '2', low: '0.5', close: '1.5', volume: '9' }), 0)
    rows.apply(updateOf('quote:SIM:A', 1, { bid: '1.10', bidSize: '5', ask: '1.20', askSize: '7' }), 0)
    rows.apply(updateOf('ticker:SIM:A', 1, { last: '1.5', changePercent: '-0.3', volume: '900' }), 0)
    rows.apply(updateOf('trade:SIM:A', 1, { side: 'buy', price: '1.15', size: '3' }), 0)
    rows.apply(updateOf('weather:SIM:A', 1, { sky: 'blue' }), 0)
    expect(summaries(rows)).toEqual([
      'open 1 high 2 low 0.5 close 1.5 volume 9',
      '5 × 1.10 │ 1.20 × 7',
      'last 1.5 -0.3% volume 900',
      'buy 1.15 × 3',
      '{"sky":"blue"}'
    ])
  })

  it('keeps the top of a book by its deltas, and starts again with a snapshot', () => {
    const rows = new WatchRows(0)
    const book = {
      bids: [
        ['10', '1'],
        ['9', '4']
      ],
      asks: [['11', '2']]
    }
    rows.apply(updateOf('book:SIM:A', 1, book, { type: 'snapshot' }), 0)
    rows.apply(updateOf('book:SIM:A', 2, { bids: [['10', '0']], asks: [['10.5', '3']] }), 0)
    expect(summaries(rows)).toEqual(['4 × 9 │ 10.5 × 3 3 levels'])
    rows.apply(updateOf('book:SIM:A', 5, { bids: [], asks: [['12', '1']] }, { type: 'snapshot' }), 0)
    expect(summaries(rows)).toEqual(['– × – │ 12 × 1 1 levels'])
  })

  it('measures rates over a second, and ages from the arrival', () => {
    const rows = new WatchRows(0)
    for (let seq = 1; seq <= 20; seq++) rows.apply(updateOf('quote:SIM:A', seq, {}), seq * 50)
    expect(rows.rows(2_000, NOTHING)[0]).toMatchObject({ seq: 20, ratePerSecond: 10, ageMs: 1_000 })
    expect(rows.ratePerSecond).toBe(10)
    expect(rows.rows(3_000, NOTHING)[0]).toMatchObject({ ratePerSecond: 0, ageMs: 2_000 })
  })

  it('doubts a value that is stale, has a gap, or whose connection is lost, and says so in words', () => {
    const rows = new WatchRows(0)
    const channel = 'quote:SIM:A'
    rows.apply(updateOf(channel, 1, {}), 0)
    const seen = (quality: LiveQuality['quality'], cause: string) => {
      const qualities = new Map([[channel, { quality, cause, sinceMs: 0, lastUpdateMs: 0 }]])
      return rows.rows(0, qualities).map((row) => [row.quality, row.isDoubtful])[0]
    }
    expect(seen('live', 'none')).toEqual(['live', false])
    expect(seen('stale', 'venue_silent')).toEqual(['stale: venue_silent', true])
    expect(seen('recovering', 'gap')).toEqual(['gap, asked again', true])
    expect(seen('delayed', 'slow_consumer')).toEqual(['delayed: slow_consumer', false])
    expect(seen('disconnected', 'transport close')).toEqual(['no connection', true])
  })

  it('has a row for every channel that is held, before its first update', () => {
    const rows = new WatchRows(0)
    const starting = { quality: 'recovering', cause: 'starting', sinceMs: 0, lastUpdateMs: undefined } as const
    expect(rows.rows(0, new Map([['quote:SIM:A', starting]]))).toMatchObject([
      { channel: 'quote:SIM:A', summary: 'nothing published yet', quality: 'recovering: starting' }
    ])
  })

  it('fits the terminal and counts the rows it cannot show', () => {
    const rows = new WatchRows(0)
    for (let index = 0; index < 50; index++) rows.apply(updateOf(`quote:SIM:SYMBOL-${index}`, 1, { bid: '1' }), 0)
    const lines = watchTable(header, rows.rows(0, NOTHING), { columns: 60, rows: 12 }).map(stripVTControlCharacters)
    expect(lines).toHaveLength(12)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60)
    expect(lines.at(-1)).toBe('… and 42 more channels')
  })

  it('says in plain sight where the data comes from', () => {
    const [first = ''] = watchTable({ ...header, origins: ['live', 'synthetic'], gaps: 3 }, [], {
      columns: 120,
      rows: 9
    })
    expect(stripVTControlCharacters(first)).toBe(
      'tickcast  http://localhost:8080  connected  LIVE + SYNTHETIC  2 channels  1,235 updates/s  3 gaps'
    )
  })

  it('writes ages as short as its column', () => {
    expect([undefined, 0, 9_940, 12_700, 119_000, 600_000, 93_600_000].map(ageText)).toEqual([
      '–',
      '0.0s',
      '9.9s',
      '12s',
      '119s',
      '10m',
      '26h'
    ])
  })
})
