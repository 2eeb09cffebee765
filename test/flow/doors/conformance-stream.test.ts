import { describe, expect, it } from 'vitest'
import type { App } from '../../../src/app.ts'
import type { Update } from '../../../src/protocol/server-events.ts'
import { getJson, until } from '../support/test-app.ts'
import type { DoorClient } from './support/door-client.ts'
import { DOORS } from './support/doors.ts'
import { newSeed, Random } from './support/random.ts'
import { quote, RemoteProducer, trade } from './support/remote-producer.ts'
import { sharedApp } from './support/shared-app.ts'

const market = sharedApp({ rate: '2000', symbols: '4', seed: '7' })
const [GOLD, TRADES] = ['quote:LAB:GOLD', 'trade:LAB:GOLD'] as const

/** Every channel of the market that has updates by now. */
async function channelsOf(app: Pick<App, 'url'>): Promise<readonly string[]> {
  const { channels } = await getJson<{ channels: readonly { channel: string; seq: number }[] }>(
    app as App,
    '/api/v1/channels?limit=1000'
  )
  return channels.filter(({ seq }) => seq > 0).map(({ channel }) => channel)
}

async function furtherUpdates(client: DoorClient, channels: Iterable<string>, count = 20): Promise<void> {
  const targets = [...channels].map((channel) => [channel, client.auditor.lastOf(channel) + count] as const)
  await Promise.all(targets.map(([channel, seq]) => client.reach(channel, seq)))
}

describe.each(DOORS)('The stream through %s', (name, open) => {
  it('begins each channel with a snapshot and goes on without a hole, however channels come and go', async () => {
    const random = new Random(newSeed(`channels that come and go through ${name}`))
    const client = open(market)
    await client.hello()
    await until(async () => (await channelsOf(market)).length >= 12, 'a market')
    const all = (await channelsOf(market)).filter((channel) => !channel.startsWith('candle'))
    const held = new Set<string>()
    for (let step = 0; step < 40; step++) {
      const some = Array.from({ length: 1 + random.below(4) }, () => random.pick(all))
      if (random.below(3) === 0) {
        await client.request('unsubscribe', { channels: some })
        for (const channel of some) {
          held.delete(channel)
          // From here on only a snapshot may come.
          client.auditor.channels.delete(channel)
        }
      } else {
        const { channels } = await client.subscribe(...some)
        expect(channels.every(({ ok }) => ok)).toBe(true)
        for (const channel of some) held.add(channel)
      }
    }
    const quotes = [...held].filter((channel) => channel.startsWith('quote'))
    await furtherUpdates(client, quotes)
    expect(client.auditor.violations).toEqual([])
    for (const channel of quotes) {
      const { duplicates, snapshots, ranges } = client.auditor.held(channel)
      expect([channel, duplicates, snapshots > 0]).toEqual([channel, 0, true])
      expect(ranges.every(([prev, seq]) => prev === seq - 1)).toBe(true)
    }
    const answer = await client.request<{ channels: readonly string[] }>('subscriptions', {})
    expect(answer.channels.toSorted()).toEqual([...held].toSorted())
  })

  it('holds the books that REST has', async () => {
    const client = open(market)
    await client.subscribe('book:SIM:*')
    await until(() => client.auditor.channels.size === 4, 'books')
    await furtherUpdates(client, client.auditor.channels.keys(), 5)
    for (const channel of client.auditor.channels.keys()) {
      const path = `/api/v1/snapshot?channel=${channel}`
      type Snapshot = { snapshots: readonly { seq: number; updates: readonly Update[] }[] }
      const [rest] = (await getJson<Snapshot>(market as App, path)).snapshots
      const theirs = open(market)
      for (const update of rest?.updates ?? []) theirs.auditor.take(update)
      await client.reach(channel, rest?.seq ?? 0)
      // The client may be further by now; as far as both are, it is told by the updates themselves.
      for (const update of client.updatesOf(channel)) {
        if (update.seq > (rest?.seq ?? 0)) theirs.auditor.take(update)
      }
      expect(theirs.auditor.held(channel).book.levels()).toEqual(client.auditor.held(channel).book.levels())
    }
    expect(client.auditor.violations).toEqual([])
  })
})

describe.each(DOORS)('A producer that dies, seen through %s,', (name, open) => {
  const lab = new RemoteProducer(`lab-${DOORS.findIndex(([door]) => door === name)}`, [GOLD, TRADES, 'quote:LAB:QUIET'])
  const app = sharedApp({ heartbeatMs: '100' }, lab)

  it('makes its channels stale, and begins them anew with a snapshot of the new epoch, at every rate', async () => {
    const [full, limited] = [open(app), open(app)]
    const { channels } = await full.subscribe(GOLD, TRADES, 'quote:LAB:QUIET')
    await limited.subscribe({ channel: GOLD, maxRateHz: 20 })
    lab.publish(...Array.from({ length: 6 }, (_, n) => ({ channel: GOLD, data: quote(n + 1) })))
    lab.publish({ channel: TRADES, data: trade(1) })
    lab.publish({ on: 'bell', data: { rings: 1 } }, { on: 'bell', data: { rings: 2 } })
    await Promise.all([full.reach(GOLD, 6), full.reach(TRADES, 1), limited.reach(GOLD, 6)])
    lab.die()
    await lab.ready(2)
    await until(() => full.statuses.some(({ channel, quality }) => channel === GOLD && quality === 'stale'), 'stale')
    const before = channels[0]?.epoch
    await until(
      async () => (await getJson<{ epoch: string }>(app as App, `/api/v1/channels/${GOLD}`)).epoch !== before,
      'an epoch'
    )
    // The first message comes well after the new epoch began: each rate had its turn in between, with nothing to send.
    const { heartbeats } = limited
    await until(() => limited.heartbeats > heartbeats + 1, 'heartbeats')
    lab.publish({ channel: GOLD, data: quote(7) }, { channel: TRADES, data: trade(2) })
    const isNew = (client: DoorClient, channel: string) => client.auditor.held(channel).epoch !== before
    await until(() => isNew(full, GOLD) && isNew(full, TRADES) && isNew(limited, GOLD), 'a new life')
    lab.publish({ channel: GOLD, data: quote(8) })
    await Promise.all([full.reach(GOLD, 2), limited.reach(GOLD, 2)])

    for (const client of [full, limited]) {
      const { newest, ranges } = client.auditor.held(GOLD)
      expect([newest?.data, ranges]).toEqual([quote(8), [[1, 2]]])
      expect(client.auditor.violations).toEqual([])
      expect(client.payloadsOf('bell')).toEqual([{ rings: 1 }, { rings: 2 }])
    }
    const qualities = full.statuses.filter(({ channel }) => channel === GOLD).map(({ quality }) => quality)
    expect(qualities).toEqual(expect.arrayContaining(['stale', 'live']))
    expect(full.statuses.find(({ quality }) => quality === 'stale')).toMatchObject({
      cause: 'producer_dead',
      source: lab.name
    })
  })
})
