import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Position, returnStage } from '../../src/gateway/return-stage.ts'
import type { Book } from '../../src/protocol/market-data.ts'
import { FLAG } from '../../src/protocol/port-messages.ts'
import { anyLevels, BookOracle } from '../support/messages.ts'
import { ModelClient } from '../support/model-client.ts'
import { batchOf, TestPlant, updatesOf } from '../support/segments.ts'

const seed = 20_261_125
const BOOK = 'book:SIM:A'
const QUOTE = 'quote:SIM:A'
const TRADES = ['trade:SIM:A', 'trade:SIM:B', 'trade:SIM:C']
const NAMES = [...TRADES, QUOTE, BOOK]

/** Messages to be published, by the place of their channel. */
const someMessages = fc.array(fc.record({ place: fc.nat(NAMES.length - 1), levels: anyLevels }), { maxLength: 60 })

/** A market whose every message is kept, to tell what a client must hold. */
class Market {
  readonly plant: TestPlant
  readonly past = new Map<string, unknown[]>(NAMES.map((name) => [name, []]))
  readonly book = new BookOracle()
  readonly #life

  constructor(journalBytes: number) {
    this.plant = new TestPlant({ journalBytes })
    this.#life = this.plant.begin('p', 'e', ...NAMES)
    this.publish(NAMES.map((_, place) => ({ place, levels: { bids: [['10', '1']], asks: [] } })))
  }

  publish(messages: readonly { readonly place: number; readonly levels: Book }[]): void {
    if (messages.length === 0) return
    const written = messages.map(({ place, levels }) => {
      const name = NAMES[place] ?? ''
      const past = this.past.get(name) ?? []
      const isBook = name === BOOK
      const data = isBook ? levels : { n: past.length + 1 }
      if (isBook) this.book.apply(levels)
      const seq = past.push(data)
      const form = !isBook ? {} : seq === 1 ? { snapshotOf: 'e' } : { flags: FLAG.delta }
      return { channel: place, name, seq, data, ...form }
    })
    this.plant.tickerplant.accept(this.#life, batchOf(written))
    this.plant.flush()
  }

  positions(): Position[] {
    return NAMES.map((name) => ({ channel: this.plant.channel(name), epoch: 'e', seq: this.plant.channel(name).seq }))
  }
}

describe('What a client is sent on its way back', () => {
  it(`brings it to the present in stages, whatever is published meanwhile (seed ${seed})`, () => {
    let stages = 0
    let gaps = 0
    fc.assert(
      fc.property(
        fc.constantFrom(1_500, 5_000, 100_000),
        fc.integer({ min: 1, max: 2_000 }),
        fc.array(someMessages, { minLength: 1, maxLength: 8, size: 'max' }),
        (journalBytes, room, rounds) => {
          const market = new Market(journalBytes)
          let positions: readonly Position[] = market.positions()
          const client = new ModelClient()
          for (const { channel, seq } of positions) client.enter(channel.name, 'e', seq).book.load(market.book.levels())
          let dropped = 0
          for (let n = 0, isLast = false; !isLast; n++) {
            market.publish(rounds[n] ?? [])
            const stage = returnStage(positions, market.plant.journal, room)
            const updates = updatesOf(
              stage.list.segments.map((segment, i) => ({ segment, index: stage.list.indexes[i] ?? 0 }))
            )
            client.takeAll(updates)
            const events = updates.filter(({ channel }) => channel.startsWith('trade:')).slice(0, -1)
            expect(JSON.stringify(events).length).toBeLessThan(room + 200 * (NAMES.length - TRADES.length + 1))
            positions = stage.positions
            dropped += stage.dropped
            gaps += stage.gaps.length
            stages += 1
            isLast = stage.isLast && n >= rounds.length
            expect(n).toBeLessThan(1_000)
          }
          for (const name of NAMES) {
            const [held, past] = [client.channels.get(name), market.past.get(name) ?? []]
            expect([held?.last, held?.isStale]).toEqual([past.length, false])
            if (past.length > 1) expect(held?.newest).toEqual(past.at(-1))
            if (name === BOOK) expect(held?.book.levels()).toEqual(market.book.levels())
          }
          const missed = TRADES.reduce((sum, name) => sum + (market.past.get(name)?.length ?? 0) - 1, 0)
          const got = TRADES.reduce((sum, name) => sum + (client.channels.get(name)?.events.length ?? 0), 0)
          if (dropped === 0) expect(got).toBe(missed)
        }
      ),
      { seed, numRuns: 300 }
    )
    // Without both the property would say little.
    expect(stages).toBeGreaterThan(1_000)
    expect(gaps).toBeGreaterThan(50)
  })

  it('begins with what is newest of state, and gives each channel of events its turn', () => {
    const market = new Market(100_000)
    const before = market.positions()
    const levels = { bids: [], asks: [] }
    for (let n = 0; n < 20; n++) market.publish([0, 1, 2, 3].map((place) => ({ place, levels })))
    const room = 500
    const first = returnStage(before, market.plant.journal, room)
    const namesIn = ({ list }: typeof first) => [
      ...new Set(list.segments.map((segment, n) => segment.channel(list.indexes[n] ?? 0)?.name))
    ]
    expect([namesIn(first), first.isLast]).toEqual([[QUOTE, TRADES[0]], false])
    const seen = new Set<string | undefined>()
    for (let [n, stage] = [0, first]; n < 40; n++) {
      market.publish([0, 1, 2, 3].map((place) => ({ place, levels })))
      stage = returnStage(stage.positions, market.plant.journal, room)
      expect(namesIn(stage)[0]).toBe(QUOTE)
      for (const name of namesIn(stage)) seen.add(name)
    }
    expect([...seen].sort()).toEqual([QUOTE, ...TRADES])
  })
})
