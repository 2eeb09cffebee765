import fc from 'fast-check'
import { expect, it } from 'vitest'
import { presentOf } from '../../src/broadcast/catch-up.ts'
import type { ProducerLife } from '../../src/broadcast/tickerplant.ts'
import type { ChannelMessage } from '../../src/protocol/feed-message.ts'
import { Outbox } from '../../workers/outbox.ts'
import { anyLevels, BookOracle, bookDelta, bookSnapshot, quote, trade } from '../support/messages.ts'
import { ModelClient } from '../support/model-client.ts'
import { KeptPort, TestPlant, updatesOf } from '../support/segments.ts'

const seed = 20_240_818
const names = ['trade:SIM:A', 'quote:SIM:A', 'quote:SIM:B', 'book:SIM:A']

const publish = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('trade' as const, 'quote' as const, 'other' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delta' as const), levels: anyLevels }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const), levels: anyLevels }) }
)
const step = fc.oneof(
  { weight: 14, arbitrary: publish },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('post' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) }
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** A live producer that may die, the main thread up to the queue, and a client that follows all channels. */
class Market {
  readonly plant: TestPlant
  readonly follower = new ModelClient()
  readonly #credit: number
  #producer: {
    readonly port: KeptPort
    readonly outbox: Outbox
    readonly life: ProducerLife
    readonly owed: { messages: number; batches: number }
  }
  #epochs = 0
  #published = 0
  #newest = new Map<string, unknown>()
  #book = new BookOracle()
  holes = 0

  constructor(credit: number, queueCapacity: number, journalBytes: number) {
    this.plant = new TestPlant({ queueCapacity, journalBytes })
    this.#credit = credit
    this.#producer = this.#begin()
    for (const name of names) this.follower.enter(name, 'e1')
  }

  #begin() {
    this.#epochs += 1
    const epoch = `e${this.#epochs}`
    const port = new KeptPort()
    const outbox = new Outbox({ port, epoch, credit: this.#credit, merges: true, now: () => 0 })
    outbox.declare(names.map((channel) => ({ channel })))
    const life = this.plant.tickerplant.begin('p', epoch)
    this.plant.receive(life, port.take())
    return { port, outbox, life, owed: { messages: 0, batches: 0 } }
  }

  /** A new life: what the old one had not posted is lost; what main has queued is not. */
  restart(): void {
    this.#producer = this.#begin()
    this.#newest = new Map()
    this.#book = new BookOracle()
    this.publish(bookSnapshot('A', { bids: [['10', '1']], asks: [] }))
  }

  run(one: Step): void {
    switch (one.do) {
      case 'trade':
        this.publish(trade('A', ++this.#published))
        break
      case 'quote':
        this.publish(quote('A', ++this.#published))
        break
      case 'other':
        this.publish(quote('B', ++this.#published))
        break
      case 'delta':
        this.publish(bookDelta('A', one.levels))
        break
      case 'snapshot':
        this.publish(bookSnapshot('A', one.levels))
        break
      case 'post':
        this.post()
        break
      case 'flush':
        this.flush()
        break
      case 'restart':
        this.restart()
        break
      default:
        one satisfies never
    }
  }

  post(): void {
    const { outbox, port, life, owed } = this.#producer
    outbox.flush()
    for (const batch of port.batches) {
      owed.messages += batch.credit
      owed.batches += 1
    }
    this.plant.receive(life, port.take())
  }

  publish(message: ChannelMessage): void {
    this.#newest.set(message.channel, message.data)
    if (message.channel.startsWith('book:')) this.#book.take(message)
    this.#producer.outbox.publish(message)
  }

  /** Empties the queue to the follower, which asks for a snapshot of what is stale, and gives credit back. */
  flush(): void {
    this.follower.takeAll(this.plant.flush())
    for (const [name, held] of this.follower.channels) {
      if (!held.isStale) continue
      expect(name).toBe('trade:SIM:A')
      this.holes += 1
      this.follower.takeAll(updatesOf(presentOf(this.plant.channel(name))))
    }
    const [received, accounted] = this.plant.account()
    expect(accounted).toBe(received)
    this.expectJoinersToAgree()
    const { outbox, owed } = this.#producer
    outbox.grant(owed.messages, owed.batches)
    Object.assign(owed, { messages: 0, batches: 0 })
  }

  expectJoinersToAgree(): void {
    for (const name of names) {
      const { seq, epoch } = this.plant.channel(name)
      if (seq === 0) continue
      const joiner = new ModelClient()
      const joined = joiner.enter(name, 'none')
      joiner.takeAll(updatesOf(presentOf(this.plant.channel(name))))
      const followed = this.follower.channels.get(name)
      expect(joined).toMatchObject({ epoch, last: seq, isStale: false })
      // A trade that was refused last is seen to be missing with the next one.
      if (name.startsWith('trade:')) continue
      expect(followed).toMatchObject({ epoch, last: seq, isStale: false, newest: joined.newest })
      expect(followed?.book.levels()).toEqual(joined.book.levels())
    }
  }

  /** All that waits is sent: then the follower holds what was published last. */
  end(): void {
    do {
      this.post()
      this.flush()
    } while (!this.#producer.outbox.isEmpty)
    this.post()
    this.flush()
    for (const [name, data] of this.#newest) {
      const held = this.follower.channels.get(name)
      if (name.startsWith('book:')) expect(held?.book.levels()).toEqual(this.#book.levels())
      else if (name.startsWith('quote:')) expect(held?.newest).toEqual(data)
    }
  }
}

it(`keeps every follower and every joiner right, through overload and restarts (seed ${seed})`, () => {
  const total = { merged: 0, dropped: 0, holes: 0 }
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 30 }),
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom(500, 5_000),
      fc.array(step, { minLength: 30, maxLength: 200, size: 'max' }),
      (credit, queueCapacity, journalBytes, steps) => {
        const market = new Market(credit, queueCapacity, journalBytes)
        market.publish(bookSnapshot('A', { bids: [['10', '1']], asks: [] }))
        for (const one of steps) market.run(one)
        market.end()
        total.merged += market.plant.counters.messagesMerged
        total.dropped += market.plant.counters.messagesDropped
        total.holes += market.holes
      }
    ),
    { seed, numRuns: 200 }
  )
  // Without these the property would say little.
  expect(total.merged).toBeGreaterThan(300)
  expect(total.dropped).toBeGreaterThan(100)
  expect(total.holes).toBeGreaterThan(20)
})
