import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ChannelMessage } from '../../src/protocol/feed-message.ts'
import { MAX_BATCHES_IN_FLIGHT, type ProducerToMain } from '../../src/protocol/port-messages.ts'
import { Outbox } from '../../workers/outbox.ts'
import { quote, trade } from '../support/messages.ts'
import { updatesIn } from '../support/segments.ts'
import { StrictMain } from './support/strict-main.ts'

const seed = 20_240_813
const maxWaitingEvents = 10_000

const symbol = fc.constantFrom('A', 'B', 'C')
const count = fc.integer({ min: 1, max: 10 })
const step = fc.oneof(
  fc.record({ do: fc.constant('trade' as const), symbol }),
  fc.record({ do: fc.constant('quote' as const), symbol }),
  fc.record({ do: fc.constant('flush' as const) }),
  fc.record({ do: fc.constant('takeIn' as const), count }),
  fc.record({ do: fc.constant('callIn' as const), count })
)

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Runs the steps; returns what was published, in order. */
function run(main: StrictMain, plan: readonly Step[]): ChannelMessage[] {
  const published: ChannelMessage[] = []
  for (const one of plan) {
    if (one.do === 'takeIn') main.takeIn(one.count)
    else if (one.do === 'callIn') main.callIn(one.count)
    else if (one.do === 'flush') main.outbox.flush()
    else {
      const message = one.do === 'trade' ? trade(one.symbol, published.length) : quote(one.symbol, published.length)
      published.push(message)
      main.outbox.publish(message)
    }
    main.check()
  }
  return published
}

const steps = fc.array(step, { maxLength: 300, size: 'max' })
const credit = fc.integer({ min: 1, max: 40 })

describe('A live producer without credit', () => {
  it(`is never ahead of its credit, and accounts for every message (seed ${seed})`, () => {
    fc.assert(
      fc.property(credit, steps, (first, plan) => {
        const main = new StrictMain(first, true)
        const published = run(main, plan)
        const { totals } = main.outbox
        const underWay = totals.published - main.sent - totals.merged - totals.dropped
        expect(totals.published).toBe(published.length)
        expect(underWay).toBeGreaterThanOrEqual(0)
        expect(main.outbox.isEmpty).toBe(underWay === 0)

        main.outbox.flush()
        main.takeInAll()
        expect(main.outbox.isEmpty).toBe(true)
        expect(main.sent + totals.merged + totals.dropped).toBe(published.length)
      }),
      { seed, numRuns: 120 }
    )
  })

  it(`sends ranges that follow on without seam or overlap, the newest last (seed ${seed})`, () => {
    fc.assert(
      fc.property(credit, steps, (first, plan) => {
        const main = new StrictMain(first, true)
        const published = run(main, plan)
        main.outbox.flush()
        main.takeInAll()
        const last = new Map<string, { seq: number; data: unknown }>()
        for (const { channel, seq, prev = seq - 1, data } of main.port.updates) {
          expect(prev).toBe(last.get(channel)?.seq ?? 0)
          last.set(channel, { seq, data })
        }
        for (const [channel, { seq, data }] of last) {
          const all = published.filter((message) => message.channel === channel)
          expect(seq).toBe(all.length)
          expect(data).toEqual(all.at(-1)?.data)
        }
      }),
      { seed, numRuns: 120 }
    )
  })

  it('drops events over its bound, and leaves a hole that everybody can see', () => {
    const main = new StrictMain(2, true)
    const over = 5
    for (let n = 1; n <= 2 + maxWaitingEvents + over; n++) main.outbox.publish(trade('A', n))
    expect(main.outbox.totals).toMatchObject({ dropped: over })
    main.outbox.flush()
    main.takeInAll()
    main.outbox.publish(trade('A', 1))
    main.outbox.flush()

    const { updates } = main.port
    const [before, after] = updates.slice(-2)
    expect(updates).toHaveLength(2 + maxWaitingEvents + 1)
    expect([before?.seq, after?.seq]).toEqual([2 + maxWaitingEvents, 2 + maxWaitingEvents + over + 1])
    expect(after).not.toHaveProperty('prev')
  })

  it.each([
    [maxWaitingEvents - 1, 0],
    [maxWaitingEvents, 0],
    [maxWaitingEvents + 1, 1]
  ])('with %i events waiting has dropped %i', (events, dropped) => {
    const { outbox } = new StrictMain(0, true)
    for (let n = 1; n <= events; n++) outbox.publish(trade('A', n))

    expect(outbox.totals).toMatchObject({ published: events, merged: 0, dropped })
  })

  it('has at most 8 batches under way, and makes the next one larger', () => {
    const main = new StrictMain(1_000, true)
    for (let n = 1; n <= 20; n++) {
      main.outbox.publish(trade('A', n))
      main.outbox.flush()
    }
    expect(main.port.batches.map(({ credit: count }) => count)).toEqual(Array(MAX_BATCHES_IN_FLIGHT).fill(1))
    main.takeIn(1)
    expect(main.port.batches.map(({ credit: count }) => count)).toEqual([...Array(MAX_BATCHES_IN_FLIGHT).fill(1), 12])
    expect(main.outbox.isEmpty).toBe(true)
  })

  it('sends what waited before what is published later', () => {
    const main = new StrictMain(1, true)
    for (const message of [quote('A', 1), trade('A', 1), quote('B', 1)]) main.outbox.publish(message)
    main.outbox.flush()
    main.takeIn(1)
    main.outbox.publish(trade('A', 2))
    main.outbox.flush()
    main.takeInAll()

    expect(main.port.updates.map(({ channel, seq }) => `${channel} ${seq}`)).toEqual([
      ...['quote:SIM:A 1', 'trade:SIM:A 1', 'quote:SIM:B 1', 'trade:SIM:A 2']
    ])
  })
})

describe('A producer whose feed can pause', () => {
  it(`merges nothing, drops nothing and keeps the order (seed ${seed})`, () => {
    fc.assert(
      fc.property(credit, steps, (first, plan) => {
        const main = new StrictMain(first, false)
        const published = run(main, plan)
        main.outbox.flush()
        main.takeInAll()
        expect(main.outbox.totals).toMatchObject({ merged: 0, dropped: 0 })
        expect(main.port.updates.map(({ channel, data }) => ({ channel, data }))).toEqual(
          published.map(({ channel, data }) => ({ channel, data }))
        )
        expect(main.port.updates.every(({ prev }) => prev === undefined)).toBe(true)
      }),
      { seed, numRuns: 120 }
    )
  })

  it('is ready again only when nothing of it waits', async () => {
    const main = new StrictMain(2, false)
    for (let n = 1; n <= 5; n++) main.outbox.publish(trade('A', n))
    main.outbox.flush()
    let isReady = false
    const ready = main.outbox.ready().then(() => {
      isReady = true
    })
    main.takeIn(1)
    await Promise.resolve()
    expect([isReady, main.outbox.isReady]).toEqual([false, false])
    main.takeInAll()
    await ready
    expect(main.outbox.totals.pauses).toBe(1)
    await main.outbox.ready()
    expect(main.outbox.totals.pauses).toBe(1)
  })
})

describe('Over a real port', () => {
  it('every message arrives once and in order, on a credit of 3', async () => {
    const { port1, port2 } = new MessageChannel()
    onTestFinished(() => port1.close())
    const outbox = new Outbox({ port: port2 as never, epoch: 'e', credit: 3, merges: false, now: Date.now })
    port2.on('message', ({ messages, batches }) => outbox.grant(messages, batches))
    const received: number[] = []
    port1.on('message', (message: ProducerToMain) => {
      if (message.type !== 'batch') return
      expect(message.credit).toBeLessThanOrEqual(3)
      received.push(...updatesIn(message).map(({ seq }) => seq))
      port1.postMessage({ type: 'credit', messages: message.credit, batches: 1 })
    })
    for (let n = 1; n <= 1_000; n++) outbox.publish(trade('A', n))
    await outbox.drained()
    await new Promise((resolve) => setTimeout(resolve, 20))

    expect(received).toEqual(Array.from({ length: 1_000 }, (_, place) => place + 1))
  })
})
