import { describe, expect, it } from 'vitest'
import type { ProducerMessage } from '../../../src/protocol/producer-definition.ts'
import type { DoorClient } from './support/door-client.ts'
import { DOORS } from './support/doors.ts'
import { quote, RemoteProducer, trade } from './support/remote-producer.ts'
import { sharedApp } from './support/shared-app.ts'

const [QUOTE, TRADE, BOOK, BIG] = ['quote:LAB:GOLD', 'trade:LAB:GOLD', 'book:LAB:GOLD', 'trade:LAB:BIG'] as const
const ALL = [QUOTE, TRADE, BOOK] as const
/** More than the journal of these tests holds. */
const EVICTION = Array.from({ length: 60 }, (_, n) => ({
  channel: BIG,
  data: { ...trade(n), conditions: ['x'.repeat(25_000)] }
}))

const producer = new RemoteProducer('lab', [...ALL, BIG])
const app = sharedApp({ recoveryMb: '1' }, producer)
const narrow = sharedApp({ maxChannelsPerClient: '2' }, new RemoteProducer('narrow', ALL))
let at = 0
let big = 0

/** The `n`th message of each channel: at each the book has one level more, and the first is its snapshot. */
function messages(n: number): readonly ProducerMessage[] {
  const book = { bids: [[String(n), '1']] as [string, string][], asks: [] }
  return [
    { channel: QUOTE, data: quote(n) },
    { channel: TRADE, data: trade(n) },
    { channel: BOOK, data: book, isSnapshot: n === 1 }
  ]
}

/** Publishes `count` messages on each channel. */
function publish(count: number): void {
  for (const end = at + count; at < end; at++) producer.publish(...messages(at + 1))
}

/** Publishes until what was published before has left the journal. */
async function evict(witness: DoorClient): Promise<void> {
  await witness.subscribe(BIG)
  producer.publish(...EVICTION)
  big += EVICTION.length
  await witness.reach(BIG, big)
}

describe.each(DOORS)('A client that comes back through %s', (_door, open) => {
  /** A client that followed all channels until now and is gone, and the epoch it knew. */
  async function gone(): Promise<{ epoch: string; seq: number }> {
    publish(3)
    const client = open(app)
    const { channels } = await client.subscribe(...ALL)
    await Promise.all(ALL.map((channel) => client.reach(channel, at)))
    client.close()
    await client.closed()
    return { epoch: channels[0]?.epoch ?? '', seq: at }
  }

  /** Comes back to a position on every channel. */
  async function back(epoch: string, seq: number, wishes: object = {}) {
    const client = open(app)
    for (const channel of ALL) client.auditor.enter(channel, epoch, seq)
    const { channels } = await client.subscribe(
      ...ALL.map((channel) => ({ channel, resume: { epoch, seq }, ...wishes }))
    )
    return { client, recovered: channels.map(({ recovered }) => recovered) }
  }

  it('is checked like anybody who subscribes: a resume of what is not there, or has no such name, is refused', async () => {
    const resume = { epoch: 'e1', seq: 1 }
    const { channels } = await open(app).subscribe(
      { channel: 'quote:LAB:NOPE', resume },
      { channel: 'no channel', resume },
      { channel: QUOTE, resume: { epoch: 'e1', seq: 10_000_000 } }
    )
    expect(channels).toMatchObject([
      { ok: false, error: { code: 103 } },
      { ok: false, error: { code: 102 } },
      { ok: true, recovered: false }
    ])
    const bad = await open(app).request('subscribe', { channels: [{ channel: QUOTE, resume: { epoch: 7, seq: -1 } }] })
    expect(bad).toMatchObject({ error: { code: 100 } })
  })

  it('holds no more channels by resuming than by subscribing', async () => {
    const { epoch, seq } = await gone()
    const client = open(narrow)
    const { channels } = await client.subscribe(...ALL.map((channel) => ({ channel, resume: { epoch, seq } })))
    expect(channels.map(({ ok }) => ok)).toEqual([true, true, false])
    expect(channels[2]).toMatchObject({ error: { code: 104 } })
  })

  it('misses nothing: each trade and each change of the book, and the newest quote for all', async () => {
    const { epoch, seq } = await gone()
    publish(7)
    const { client, recovered } = await back(epoch, seq)
    await Promise.all(ALL.map((channel) => client.reach(channel, at)))
    publish(1)
    await Promise.all(ALL.map((channel) => client.reach(channel, at)))

    expect(recovered).toEqual([true, true, true])
    expect(client.updatesOf(QUOTE)).toMatchObject([{ seq: seq + 7, prev: seq, data: quote(seq + 7) }, { seq: seq + 8 }])
    const all = Array.from({ length: 8 }, (_, n) => seq + n + 1)
    expect(client.updatesOf(TRADE).map((update) => [update.seq, update.data])).toEqual(all.map((n) => [n, trade(n)]))
    expect(client.updatesOf(BOOK).map((update) => [update.seq, update.type])).toEqual(all.map((n) => [n, undefined]))
    expect(client.auditor.violations).toEqual([])
  })

  it('at once gets nothing, and goes on with the next', async () => {
    const { epoch, seq } = await gone()
    const { client, recovered } = await back(epoch, seq)
    expect(recovered).toEqual([true, true, true])
    publish(1)
    await Promise.all(ALL.map((channel) => client.reach(channel, at)))
    for (const channel of ALL) {
      expect(client.updatesOf(channel).map((update) => [update.seq, update.prev, update.type])).toEqual([
        [seq + 1, undefined, undefined]
      ])
    }
  })

  it('to another rate goes on from where it was', async () => {
    const { epoch, seq } = await gone()
    publish(2)
    const { client, recovered } = await back(epoch, seq, { maxRateHz: 20 })
    publish(2)
    await Promise.all(ALL.map((channel) => client.reach(channel, at)))
    expect(recovered).toEqual([true, true, true])
    expect(ALL.map((channel) => client.auditor.held(channel).snapshots)).toEqual([0, 0, 0])
    expect(client.auditor.violations).toEqual([])
  })

  it.each([
    ['of another epoch', (epoch: string) => `${epoch}x`, 0],
    ['of an epoch without a name', () => '', 0],
    ['that is still to come', (epoch: string) => epoch, 1_000]
  ])('from a position %s is told so and starts anew', async (_what, epochOf, ahead) => {
    const { epoch, seq } = await gone()
    const { client, recovered } = await back(epochOf(epoch), seq + ahead)
    expect(recovered).toEqual([false, false, false])
    publish(1)
    const reached = () =>
      ALL.every((channel) => client.auditor.held(channel).epoch === epoch && client.auditor.lastOf(channel) === at)
    await expect.poll(reached, { timeout: 10_000 }).toBe(true)
    for (const channel of ALL) {
      expect(client.updatesOf(channel)[0]).toMatchObject({ type: 'snapshot', epoch })
      expect(client.auditor.held(channel)).toMatchObject({ snapshots: 1, last: at })
    }
    expect(client.auditor.held(BOOK).book.levels().bids).toHaveLength(at)
    expect(client.auditor.violations).toEqual([])
  })

  it('too late for what it missed is told so and starts anew, but on quotes, where nothing is missing', async () => {
    const { epoch, seq } = await gone()
    publish(3)
    await evict(open(app))
    const { client, recovered } = await back(epoch, seq)
    publish(1)
    await Promise.all(ALL.map((channel) => client.reach(channel, at)))
    expect(recovered).toEqual([true, false, false])
    expect(client.updatesOf(QUOTE)[0]).toMatchObject({ prev: seq })
    expect(client.updatesOf(TRADE)[0]).toMatchObject({ type: 'snapshot', epoch })
    expect(client.updatesOf(BOOK)[0]).toMatchObject({ type: 'snapshot', epoch })
    expect(client.auditor.held(BOOK).book.levels().bids).toHaveLength(at)
    expect(client.auditor.violations).toEqual([])
  })
})

it('lets a client come back through another door than the one it came through', async () => {
  const [, first] = DOORS[0] ?? []
  const [, last] = DOORS.at(-1) ?? []
  if (first === undefined || last === undefined) throw new Error('there are two doors')
  publish(1)
  const before = first(app)
  const { channels } = await before.subscribe(TRADE)
  await before.reach(TRADE, at)
  before.close()
  const seq = at
  publish(5)
  const after = last(app)
  after.auditor.enter(TRADE, channels[0]?.epoch ?? '', seq)
  const answer = await after.subscribe({ channel: TRADE, resume: { epoch: channels[0]?.epoch, seq } })
  await after.reach(TRADE, at)
  expect(answer.channels[0]?.recovered).toBe(true)
  expect(after.updatesOf(TRADE).map((update) => update.seq)).toEqual([seq + 1, seq + 2, seq + 3, seq + 4, seq + 5])
})
