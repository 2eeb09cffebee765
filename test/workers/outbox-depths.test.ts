import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { presentOf } from '../../src/broadcast/catch-up.ts'
import type { FeedMessage } from '../../src/protocol/feed-message.ts'
import type { Level } from '../../src/protocol/market-data.ts'
import { FLAG } from '../../src/protocol/port-messages.ts'
import { Outbox } from '../../workers/outbox.ts'
import { anyLevels, bids, bookDelta, bookSnapshot } from '../support/messages.ts'
import { ModelClient } from '../support/model-client.ts'
import { KeptPort, recordsIn, TestPlant, updatesOf } from '../support/segments.ts'

const seed = 20_261_126
const FULL = 'book:SIM:A'
const DEPTHS = [5, 10] as const
const channelOf = (depth: number) => `${FULL}:${depth}`

const step = fc.oneof(
  { weight: 40, arbitrary: fc.record({ do: fc.constant('delta' as const), levels: anyLevels }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('snapshot' as const), levels: anyLevels }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('interest' as const),
      depth: fc.constantFrom(...DEPTHS),
      isWanted: fc.boolean()
    })
  },
  { weight: 12, arbitrary: fc.constant({ do: 'takeIn' as const }) },
  { weight: 4, arbitrary: fc.constant({ do: 'flush' as const }) }
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** A producer of one book, the main thread, and a client that holds the book and its depths all the time. */
class DepthRun {
  readonly port = new KeptPort()
  readonly plant = new TestPlant({ journalBytes: 4_000 })
  readonly follower = new ModelClient()
  readonly outbox: Outbox
  readonly #life = this.plant.begin('p', 'e')
  readonly #wanted = new Set<number>()
  readonly seen = { compared: 0, rested: 0, woken: 0, bases: 0 }

  constructor(credit: number, merges: boolean) {
    this.outbox = new Outbox({ port: this.port, epoch: 'e', credit, merges, now: () => 0 })
    this.outbox.declare([{ channel: FULL }])
    for (const name of [FULL, ...DEPTHS.map(channelOf)]) this.follower.enter(name, 'e')
  }

  run(plan: readonly Step[]): void {
    for (const one of plan) {
      if (one.do === 'takeIn') this.takeIn()
      else if (one.do === 'flush') this.outbox.flush()
      else if (one.do === 'interest') this.setInterest(one.depth, one.isWanted)
      else this.outbox.publish(one.do === 'delta' ? bookDelta('A', one.levels) : bookSnapshot('A', one.levels))
    }
    this.outbox.flush()
    while (this.takeIn() > 0) this.outbox.flush()
  }

  setInterest(depth: number, isWanted: boolean): void {
    if (isWanted) this.#wanted.add(depth)
    else this.#wanted.delete(depth)
    this.outbox.setInterest([channelOf(depth)], isWanted)
  }

  /** Main takes in what was posted, and gives credit back. */
  takeIn(): number {
    let [credit, batches] = [0, 0]
    for (const message of this.port.take()) {
      const wereDormant = DEPTHS.map((depth) => this.#stateOf(depth)?.isDormant)
      this.plant.receive(this.#life, [message])
      this.follower.takeAll(this.plant.flush())
      DEPTHS.forEach((depth, place) => {
        const isDormant = this.#stateOf(depth)?.isDormant
        if (wereDormant[place] === false && isDormant === true) this.seen.rested += 1
        if (wereDormant[place] === true && isDormant === false) this.seen.woken += 1
      })
      if (message.type === 'rest') this.expectDormantToBeSilent()
      if (message.type !== 'batch') continue
      credit += message.credit
      batches += 1
      this.seen.bases += recordsIn(message).filter(({ flags, channel }) => flags === FLAG.base && channel > 0).length
      this.expectDepths()
    }
    if (batches > 0) this.outbox.grant(credit, batches)
    return batches
  }

  /** Each depth that is awake is the top of the full book, for followers and for joiners. */
  expectDepths(): void {
    const full = this.#held(this.follower, FULL).book.levels()
    for (const depth of DEPTHS) {
      const state = this.#stateOf(depth)
      if (state === undefined || state.isDormant) continue
      const top = { bids: full.bids.slice(0, depth), asks: full.asks.slice(0, depth) }
      const followed = this.#held(this.follower, channelOf(depth))
      const joiner = new ModelClient()
      const joined = joiner.enter(channelOf(depth), 'another')
      joiner.takeAll(updatesOf(presentOf(state)))
      expect([depth, followed.book.levels()]).toEqual([depth, top])
      expect([depth, joined.book.levels()]).toEqual([depth, top])
      expect([followed.last, followed.isStale, joined.last]).toEqual([state.seq, false, state.seq])
      this.seen.compared += 1
    }
  }

  expectDormantToBeSilent(): void {
    for (const depth of DEPTHS) {
      const state = this.#stateOf(depth)
      if (state?.isDormant)
        expect([presentOf(state), state.quality, state.cause]).toEqual([[], 'recovering', 'starting'])
    }
  }

  /** At the end, what is awake is what is wanted. */
  expectEnd(): void {
    expect(this.outbox.isEmpty).toBe(true)
    for (const depth of DEPTHS) expect(this.#stateOf(depth)?.isDormant).toBe(!this.#wanted.has(depth))
  }

  #stateOf(depth: number) {
    return this.plant.catalog.find(channelOf(depth))
  }

  #held(client: ModelClient, channel: string) {
    const held = client.channels.get(channel)
    if (held === undefined) throw new Error(`nothing held of ${channel}`)
    return held
  }
}

const opening: Step = { do: 'snapshot', levels: { bids: [['10', '1']], asks: [['11', '1']] } }
const plans = fc.array(step, { minLength: 150, maxLength: 400, size: 'max' })

describe('The depths of a book', () => {
  it.each([
    ['a live producer short of credit', true],
    ['a producer that can pause', false]
  ])(`of %s are its top in each batch, whenever they are wanted (seed ${seed})`, (_, merges) => {
    const sum = { compared: 0, rested: 0, woken: 0, bases: 0, merged: 0 }
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), plans, (credit, plan) => {
        const books = new DepthRun(credit, merges)
        books.run([opening, ...plan])
        books.expectEnd()
        for (const [name, count] of Object.entries(books.seen)) sum[name as keyof typeof sum] += count
        sum.merged += books.outbox.totals.merged
      }),
      { seed, numRuns: 60 }
    )
    // Without these the property would say little.
    expect(sum.compared).toBeGreaterThan(500)
    for (const count of [sum.rested, sum.woken, sum.bases]) expect(count).toBeGreaterThanOrEqual(10)
    expect(sum.merged > 1_000).toBe(merges)
  })
})

const LEVELS: readonly Level[] = [7, 6, 5, 4, 3, 2, 1].map((price): Level => [String(price), '1'])

/** A producer of the book `A` with seven bids, and what it has posted of each channel since. */
function openBook() {
  const port = new KeptPort()
  const outbox = new Outbox({ port, epoch: 'e', credit: 1_000, merges: true, now: () => 5_000 })
  outbox.declare([{ channel: FULL }])
  const publish = (...messages: readonly FeedMessage[]) => {
    for (const message of messages) outbox.publish(message)
    outbox.flush()
  }
  publish({ ...bookSnapshot('A', { bids: LEVELS, asks: [], venueSeq: 1, checksum: 7 }), exchangeTime: 900 })
  const updatesOn = (depth: number) => port.updates.filter(({ channel }) => channel === channelOf(depth))
  return { port, outbox, publish, updatesOn }
}

describe('A depth of a book', () => {
  it('is declared beside its full book, and silent until it is wanted', () => {
    const { port, publish } = openBook()
    publish(bookDelta('A', bids('7:2')))
    const declared = port.posted.flatMap((message) => (message.type === 'channels' ? message.channels : []))

    expect(declared.map(({ name }) => name)).toEqual([FULL, ...[5, 10, 20, 50, 100].map(channelOf)])
    expect(declared.map(({ isOnDemand }) => isOnDemand)).toEqual([undefined, true, true, true, true, true])
    expect(port.updates.map(({ channel }) => channel)).toEqual([FULL, FULL])
  })

  it('begins at once with a snapshot, then tells what changes within it, and nothing else', () => {
    const { outbox, publish, updatesOn } = openBook()
    outbox.setInterest([channelOf(5), 'quote:SIM:A', 'book:SIM:NONE:5', FULL], true)
    publish(bookDelta('A', bids('1:9')), bookDelta('A', { ...bids('7:0'), venueSeq: 3 }))

    const common = { channel: channelOf(5), ingestTime: 5_000 }
    expect(updatesOn(5)).toEqual([
      {
        ...{ ...common, seq: 1, type: 'snapshot', epoch: 'e', exchangeTime: 900 },
        data: { bids: LEVELS.slice(0, 5), asks: [], venueSeq: 1 }
      },
      {
        ...{ ...common, seq: 2, exchangeTime: 1_000 },
        data: {
          bids: [
            ['7', '0'],
            ['2', '1']
          ],
          asks: [],
          venueSeq: 3
        }
      }
    ])
  })

  it('waits for the first snapshot of its book', () => {
    const port = new KeptPort()
    const outbox = new Outbox({ port, epoch: 'e', credit: 10, merges: true, now: () => 0 })
    outbox.declare([{ channel: FULL }])
    outbox.setInterest([channelOf(5)], true)
    expect(port.updates).toEqual([])
    outbox.publish(bookSnapshot('A', bids('1:1')))
    outbox.flush()

    expect(port.updates.map(({ channel, type }) => [channel, type])).toEqual([
      [FULL, 'snapshot'],
      [channelOf(5), 'snapshot']
    ])
  })

  it('begins anew with a snapshot of the full book', () => {
    const { outbox, publish, updatesOn } = openBook()
    outbox.setInterest([channelOf(5), channelOf(10)], true)
    publish(bookSnapshot('A', bids('3:1')))

    for (const depth of [5, 10]) {
      expect(updatesOn(depth).map(({ type }) => type)).toEqual(['snapshot', 'snapshot'])
      expect(updatesOn(depth)[1]).toMatchObject({ data: { bids: [['3', '1']] } })
    }
  })

  it('tells main that it rests only behind its last message, and goes on counting when it wakes', () => {
    const { port, outbox, publish, updatesOn } = openBook()
    outbox.setInterest([channelOf(5)], true)
    port.take()
    outbox.publish(bookDelta('A', bids('7:2')))
    outbox.setInterest([channelOf(5)], false)
    publish(bookDelta('A', bids('7:3')))
    expect(port.posted.map(({ type }) => type)).toEqual(['batch', 'rest', 'batch'])
    expect(port.posted[1]).toEqual({ type: 'rest', channels: [1] })
    outbox.setInterest([channelOf(5)], true)

    expect(updatesOn(5).map(({ seq, type }) => [seq, type])).toEqual([
      [2, undefined],
      [3, 'snapshot']
    ])
    expect(updatesOn(5)[1]).toMatchObject({ data: { bids: [['7', '3'], ...LEVELS.slice(1, 5)] } })
  })

  it('that is wanted again before main could be told of its rest does not rest', () => {
    const { port, outbox } = openBook()
    outbox.setInterest([channelOf(5)], true)
    // Main takes nothing in, so that everything waits behind the batches under way.
    for (let n = 0; n < 10; n++) {
      outbox.publish(bookDelta('A', bids(`7:${n + 2}`)))
      outbox.flush()
    }
    outbox.setInterest([channelOf(5)], false)
    outbox.setInterest([channelOf(5)], true)
    outbox.grant(0, 8)

    expect(port.posted.some(({ type }) => type === 'rest')).toBe(false)
    expect(port.updates.at(-1)).toMatchObject({ channel: channelOf(5), type: 'snapshot' })
  })

  it('waits for credit to begin, before anything that came later', () => {
    const port = new KeptPort()
    const outbox = new Outbox({ port, epoch: 'e', credit: 1, merges: true, now: () => 0 })
    outbox.publish(bookSnapshot('A', bids('1:1')))
    outbox.setInterest([channelOf(5)], true)
    outbox.publish(bookDelta('A', bids('1:2')))
    outbox.flush()
    expect([port.updates.length, outbox.isEmpty]).toEqual([1, false])
    outbox.grant(1, 1)
    expect(port.updates[1]).toMatchObject({ channel: channelOf(5), data: bids('1:1') })
    outbox.grant(5, 1)

    expect(port.updates.slice(2)).toMatchObject([{ channel: FULL }, { channel: channelOf(5), data: bids('1:2') }])
    expect(outbox.isEmpty).toBe(true)
  })

  it('is as trustworthy as its full book, when the feed says something of that', () => {
    const { port, publish } = openBook()
    publish({ quality: 'recovering', cause: 'gap', channels: [FULL] })

    expect(port.posted.at(-1)).toMatchObject({ type: 'quality', channels: [0, 1, 2, 3, 4, 5] })
  })

  it('that the feed declares is the feed’s', () => {
    const port = new KeptPort()
    const outbox = new Outbox({ port, epoch: 'e', credit: 10, merges: true, now: () => 0 })
    outbox.declare([{ channel: FULL }, { channel: channelOf(20) }])
    outbox.setInterest([channelOf(20)], true)
    outbox.publish(bookSnapshot('A', bids('1:1')))
    outbox.flush()
    const [declared] = port.posted

    expect(declared).toMatchObject({ type: 'channels', channels: { length: 6 } })
    expect(port.updates.map(({ channel }) => channel)).toEqual([FULL])
  })

  it('is left to a feed that begins to publish it, from a snapshot and the next number on', () => {
    const { port, outbox, publish, updatesOn } = openBook()
    outbox.setInterest([channelOf(5)], true)
    publish({ channel: channelOf(5), exchangeTime: 1, data: bids('2:2') }, bookDelta('A', bids('7:9')))
    outbox.setInterest([channelOf(5)], false)

    expect(updatesOn(5).map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'snapshot'],
      [2, 'snapshot']
    ])
    expect(port.posted.findLast(({ type }) => type === 'channels')).toEqual({
      type: 'channels',
      channels: [{ name: channelOf(5), form: 'channel', contract: 'state' }]
    })
    expect(port.posted.some(({ type }) => type === 'rest')).toBe(false)
  })
})
