import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { presentOf } from '../../src/broadcast/catch-up.ts'
import type { ChannelMessage } from '../../src/protocol/feed-message.ts'
import type { Book } from '../../src/protocol/market-data.ts'
import { FLAG } from '../../src/protocol/port-messages.ts'
import { Outbox } from '../../workers/outbox.ts'
import { anyLevels, BookOracle, bookDelta, bookSnapshot } from '../support/messages.ts'
import { ModelClient } from '../support/model-client.ts'
import { KeptPort, recordsIn, TestPlant, updatesOf } from '../support/segments.ts'

const seed = 20_240_814

const symbol = fc.constantFrom('A', 'B')
const step = fc.oneof(
  { weight: 40, arbitrary: fc.record({ do: fc.constant('delta' as const), symbol, levels: anyLevels }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const), symbol, levels: anyLevels }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('takeIn' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('flush' as const) }) }
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** A producer of books, the main thread, a client that follows from the start, and the plainly right books. */
class BookRun {
  readonly port = new KeptPort()
  readonly plant = new TestPlant({ journalBytes: 2_000 })
  readonly follower = new ModelClient()
  readonly published = new Map<string, BookOracle>()
  readonly outbox: Outbox
  readonly #life = this.plant.begin('p', 'e')
  bases = 0

  constructor(credit: number, merges: boolean) {
    this.outbox = new Outbox({ port: this.port, epoch: 'e', credit, merges, now: () => 0 })
    for (const name of ['A', 'B']) {
      this.follower.enter(`book:SIM:${name}`, 'e')
      this.published.set(`book:SIM:${name}`, new BookOracle())
    }
  }

  run(plan: readonly Step[]): void {
    for (const one of plan) {
      if (one.do === 'takeIn') this.takeIn()
      else if (one.do === 'flush') this.outbox.flush()
      else this.publish(one.do === 'delta' ? bookDelta(one.symbol, one.levels) : bookSnapshot(one.symbol, one.levels))
    }
    this.outbox.flush()
    while (this.takeIn() > 0) this.outbox.flush()
  }

  publish(message: ChannelMessage): void {
    this.published.get(message.channel)?.take(message)
    this.outbox.publish(message)
  }

  /** Main takes in what was posted, gives credit back, and must then know the book as its followers do. */
  takeIn(): number {
    const posted = this.port.take()
    let messages = 0
    let batches = 0
    for (const message of posted) {
      this.plant.receive(this.#life, [message])
      if (message.type !== 'batch') continue
      messages += message.credit
      batches += 1
      this.bases += recordsIn(message).filter(({ flags }) => flags === FLAG.base).length
      this.follower.takeAll(this.plant.flush())
      this.expectJoinersToAgree()
    }
    if (batches > 0) this.outbox.grant(messages, batches)
    return batches
  }

  expectJoinersToAgree(): void {
    for (const [channel, followed] of this.follower.channels) {
      const state = this.plant.catalog.find(channel)
      if (state === undefined || state.seq === 0) continue
      const joiner = new ModelClient()
      const held = joiner.enter(channel, 'another')
      joiner.takeAll(updatesOf(presentOf(state)))
      expect(held.book.levels()).toEqual(followed.book.levels())
      expect([held.epoch, held.last, followed.last, followed.isStale]).toEqual(['e', state.seq, state.seq, false])
    }
  }

  expectEnd(): void {
    expect(this.outbox.isEmpty).toBe(true)
    for (const [channel, { book }] of this.follower.channels) {
      expect(book.levels()).toEqual(this.published.get(channel)?.levels())
    }
  }
}

/** Every book begins with its snapshot. */
const opening: readonly Step[] = (['A', 'B'] as const).map((name) => ({
  do: 'snapshot',
  symbol: name,
  levels: { bids: [['10', '1']], asks: [['11', '1']] }
}))
const plans = fc.array(step, { minLength: 150, maxLength: 400, size: 'max' })

describe('An order book', () => {
  it.each([
    ['a live producer short of credit', true],
    ['a producer that can pause', false]
  ])(`of %s is right for followers and for joiners at every instant (seed ${seed})`, (_, merges) => {
    let bases = 0
    let merged = 0
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), plans, (credit, plan) => {
        const books = new BookRun(credit, merges)
        books.run([...opening, ...plan])
        books.expectEnd()
        bases += books.bases
        merged += books.outbox.totals.merged
      }),
      { seed, numRuns: 40 }
    )
    // Without these the property would say little.
    expect(bases).toBeGreaterThan(50)
    expect(merged > 1_000).toBe(merges)
  })

  it('has a tail that stays in proportion to the book, for hours of deltas', () => {
    const books = new BookRun(1_000_000, true)
    books.run(opening)
    let longest = 0
    for (let n = 0; n < 3_000; n++) {
      books.publish(bookDelta('A', { bids: [['9', String(1 + (n % 7))]], asks: [] }))
      books.outbox.flush()
      books.takeIn()
      longest = Math.max(longest, books.plant.channel('book:SIM:A').tail.length)
    }
    books.expectEnd()
    expect(longest).toBeLessThanOrEqual(33)
    expect(books.bases).toBeGreaterThan(80)
  })

  it('that has waited whole tells the venue id of its last change, not of its beginning', () => {
    const books = new BookRun(0, true)
    books.publish(bookSnapshot('A', { bids: [['10', '1']], asks: [], venueSeq: 1, checksum: 7 }))
    books.publish(bookDelta('A', { bids: [['9', '1']], asks: [], venueSeq: 2 }))
    books.outbox.grant(5, 0)

    const [update] = books.port.updates
    expect(update).toMatchObject({ type: 'snapshot', epoch: 'e', seq: 2, prev: 0 })
    expect(update?.data as Book).toEqual({
      bids: [
        ['10', '1'],
        ['9', '1']
      ],
      asks: [],
      venueSeq: 2
    })
  })

  it('sends bases on no credit at all, in the batch of the delta they follow', () => {
    const books = new BookRun(1_000, true)
    books.publish(bookSnapshot('A', { bids: [['10', '1']], asks: [] }))
    for (let n = 1; n <= 40; n++) books.publish(bookDelta('A', { bids: [['9', String(n)]], asks: [] }))
    books.outbox.flush()

    const [batch] = books.port.batches
    const records = batch === undefined ? [] : recordsIn(batch)
    const base = records.findIndex(({ flags }) => flags === FLAG.base)
    expect([batch?.credit, records.length]).toEqual([41, 42])
    expect(records[base]?.seq).toBe(records[base - 1]?.seq)
    expect(books.port.updates[base]).toMatchObject({ type: 'snapshot', epoch: 'e', seq: records[base]?.seq })
  })
})
