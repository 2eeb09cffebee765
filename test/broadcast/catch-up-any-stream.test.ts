import fc from 'fast-check'
import { expect, it } from 'vitest'
import { catchUp } from '../../src/broadcast/catch-up.ts'
import type { Book } from '../../src/protocol/market-data.ts'
import { FLAG } from '../../src/protocol/port-messages.ts'
import { anyLevels, BookOracle } from '../support/messages.ts'
import { type Held, ModelClient } from '../support/model-client.ts'
import { batchOf, TestPlant, updatesOf, type Written } from '../support/segments.ts'

const seed = 20_240_817
const trades = 'trade:SIM:A'
const quotes = 'quote:SIM:A'
const book = 'book:SIM:A'
const names = [trades, quotes, book]

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('trade' as const), hole: fc.constantFrom(0, 0, 0, 0, 0, 1, 3) })
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('quote' as const), range: fc.constantFrom(0, 0, 2) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('delta' as const), levels: anyLevels, range: fc.constantFrom(0, 0, 2) })
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const), levels: anyLevels }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('base' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('batch' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('return' as const), name: fc.constantFrom(...names), place: fc.nat(1_000) })
  }
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

interface Known {
  readonly seq: number
  readonly data: unknown
  /** Levels of a book after this message. */
  readonly levels: Book
}

/** A stream into the main thread, and all of its past, to tell what any client must hold. */
class Stream {
  readonly plant: TestPlant
  readonly past = new Map<string, Known[]>(names.map((name) => [name, []]))
  readonly #life
  readonly #book = new BookOracle()
  #batch: Written[] = []
  recovered = 0
  refused = 0

  constructor(journalBytes: number) {
    this.plant = new TestPlant({ journalBytes })
    this.#life = this.plant.begin('p', 'e', ...names)
  }

  write(name: string, more: Partial<Written>, skipped = 0): void {
    const past = this.past.get(name) ?? []
    const seq = (past.at(-1)?.seq ?? 0) + 1 + skipped
    const data = more.data ?? { n: seq }
    this.#batch.push({ channel: names.indexOf(name), name, seq, data, ...more })
    past.push({ seq, data, levels: this.#book.levels() })
  }

  /** The whole book as it was after the newest delta, for joiners. */
  writeBase(): void {
    const seq = this.past.get(book)?.at(-1)?.seq ?? 0
    const data = this.#book.levels()
    this.#batch.push({ channel: 2, name: book, seq, prev: seq - 1, data, snapshotOf: 'e', flags: FLAG.base })
  }

  send(): void {
    if (this.#batch.length === 0) return
    this.plant.tickerplant.accept(this.#life, batchOf(this.#batch))
    this.plant.flush()
    this.#batch = []
  }

  run(one: Step): void {
    const newest = (name: string) => this.past.get(name)?.at(-1)?.seq ?? 0
    switch (one.do) {
      case 'trade':
        this.write(trades, {}, one.hole)
        break
      case 'quote':
        this.write(quotes, { prev: newest(quotes) }, one.range)
        break
      case 'delta':
        this.#book.apply(one.levels)
        this.write(book, { data: one.levels, flags: FLAG.delta, prev: newest(book) }, one.range)
        break
      case 'snapshot':
        this.#book.load(one.levels)
        this.write(book, { data: one.levels, snapshotOf: 'e' })
        break
      case 'base':
        this.writeBase()
        break
      case 'batch':
        this.send()
        break
      case 'return':
        this.send()
        this.comeBack(one.name, one.place)
        break
      default:
        one satisfies never
    }
  }

  /** A client that once had everything up to some message comes back, and does as the protocol says. */
  comeBack(name: string, place: number): void {
    const past = this.past.get(name) ?? []
    const position = past[place % Math.max(1, past.length)]
    if (position === undefined) return
    const client = new ModelClient()
    const held = client.enter(name, 'e', position.seq)
    held.newest = position.data
    held.book.load(position.levels)
    const channel = this.plant.channel(name)
    const answer = catchUp(channel, 'e', position.seq, this.plant.journal)
    const updates = updatesOf(answer.messages)
    client.takeAll(updates)

    expect([held.last, held.isStale]).toEqual([channel.seq, false])
    if (!answer.isRecovered) expect(updates[0]?.type).toBe('snapshot')
    if (name === quotes) expect(held.newest).toEqual(past.at(-1)?.data)
    if (name === book) expect(held.book.levels()).toEqual(past.at(-1)?.levels)
    if (name === trades) this.expectEvents(held, past, position.seq, answer)
    if (answer.isRecovered) this.recovered += 1
    else this.refused += 1
  }

  /** Recovered: each trade since, and none was ever lost. Otherwise: the newest ones, and the rest counted. */
  expectEvents(
    held: Held,
    past: readonly Known[],
    seq: number,
    answer: { isRecovered: boolean; dropped: number }
  ): void {
    const missed = past.filter((known) => known.seq > seq).map(({ data }) => data)
    const count = held.events.length
    expect(held.events).toEqual(missed.slice(missed.length - count))
    expect(count + answer.dropped).toBe(held.last - seq)
    if (answer.isRecovered) expect(count).toBe(held.last - seq)
  }
}

it(`brings a client from any position of any stream to the present, or says that it cannot (seed ${seed})`, () => {
  let recovered = 0
  let refused = 0
  fc.assert(
    fc.property(
      fc.constantFrom(300, 1_500, 6_000, 100_000),
      fc.array(step, { minLength: 20, maxLength: 200, size: 'max' }),
      (journalBytes, steps) => {
        const stream = new Stream(journalBytes)
        stream.run({ do: 'snapshot', levels: { bids: [['10', '1']], asks: [] } })
        for (const one of steps) stream.run(one)
        recovered += stream.recovered
        refused += stream.refused
      }
    ),
    { seed, numRuns: 200 }
  )
  // Without both the property would say little.
  expect(recovered).toBeGreaterThan(500)
  expect(refused).toBeGreaterThan(200)
})
