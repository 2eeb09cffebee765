import { beforeAll, describe, expect, it } from 'vitest'
import { PROTOCOL_VERSION } from '../../../src/protocol/server-events.ts'
import { until } from '../support/test-app.ts'
import { DOORS } from './support/doors.ts'
import { quote, RemoteProducer } from './support/remote-producer.ts'
import { sharedApp } from './support/shared-app.ts'

const [GOLD, SILVER, IDLE] = ['quote:LAB:GOLD', 'quote:LAB:SILVER', 'quote:LAB:IDLE'] as const
const MAX_CHANNELS = 5

/** What is refused as a whole, and with what; the same words at every door. */
const REFUSED: readonly (readonly [string, unknown, unknown])[] = [
  ['subscribe', null, { code: 100, name: 'badRequest', temporary: false }],
  ['subscribe', { channels: GOLD }, { code: 100, name: 'badRequest', temporary: false }],
  ['subscribe', [[GOLD]], { code: 100, name: 'badRequest', temporary: false }],
  ['subscribe', [{ channel: GOLD, maxRateHz: 0 }], { code: 100, name: 'badRequest', temporary: false }],
  [
    'subscribe',
    [{ channel: GOLD, resume: { epoch: 'x', seq: -1 } }],
    { code: 100, name: 'badRequest', temporary: false }
  ],
  ['unsubscribe', { channels: [7] }, { code: 100, name: 'badRequest', temporary: false }],
  ['snapshot', {}, { code: 100, name: 'badRequest', temporary: false }],
  ['snapshot', 'quote:LAB:NOPE', { code: 103, name: 'unknownChannel', temporary: true }],
  ['snapshot', IDLE, { code: 107, name: 'noData', temporary: true }],
  ['refresh', {}, { code: 101, name: 'unknownRequest', temporary: false }],
  ['', {}, { code: 101, name: 'unknownRequest', temporary: false }],
  ['updates', [], { code: 101, name: 'unknownRequest', temporary: false }]
]

/** What is refused name by name. */
const REFUSED_NAMES: readonly (readonly [string, unknown])[] = [
  ['quote:LAB:NOPE', { code: 103, name: 'unknownChannel', temporary: true }],
  ['quote:NOPE:*', { code: 103, name: 'unknownChannel', temporary: true }],
  ['gold', { code: 102, name: 'badChannel', temporary: false }],
  ['quote:lab:*', { code: 102, name: 'badChannel', temporary: false }],
  ['', { code: 102, name: 'badChannel', temporary: false }]
]

const producer = new RemoteProducer('lab', [
  GOLD,
  SILVER,
  IDLE,
  'trade:LAB:GOLD',
  'trade:LAB:SILVER',
  'trade:LAB:COPPER'
])
const app = sharedApp({ maxChannelsPerClient: String(MAX_CHANNELS), heartbeatMs: '200' }, producer)
/** Whatever a refusal says at one door it says at the others. */
const refusals = new Map<string, unknown>()

let published = 0
/** Publishes the next quote of gold and of silver. */
function publish(): number {
  published += 1
  producer.publish({ channel: GOLD, data: quote(published) }, { channel: SILVER, data: quote(published) })
  return published
}

beforeAll(async () => {
  publish()
  const newest = `${app.url}/api/v1/snapshot?channel=${GOLD}`
  await until(async () => (await (await fetch(newest)).text()).includes('"seq":1'), 'the first quote')
})

describe.each(DOORS)('A client through %s', (_door, open) => {
  it('is greeted first, with the protocol and every limit', async () => {
    const client = open(app)
    const hello = await client.hello()
    expect(hello).toEqual({
      protocol: PROTOCOL_VERSION,
      sessionId: expect.stringMatching(/^[\w-]{16,}$/),
      serverTime: expect.any(Number),
      heartbeatMs: 200,
      limits: expect.objectContaining({
        maxChannels: MAX_CHANNELS,
        maxRequestsPerSecond: 100,
        maxMessageBytes: 1_048_576
      }),
      build: { name: 'tickcast', version: expect.any(String) }
    })
    expect(Math.abs(hello.serverTime - Date.now())).toBeLessThan(5_000)
  })

  it.each([
    ['one name', GOLD],
    ['a list', [GOLD]],
    ['an object with a list', { channels: [GOLD] }],
    ['a channel with a wish', [{ channel: GOLD, maxRateHz: null, resume: null }]],
    ['the same name twice', [GOLD, { channel: GOLD }]]
  ])('subscribes by %s, is answered, and then gets the snapshot and each update', async (_form, payload) => {
    const client = open(app)
    const answer = await client.request('subscribe', payload)
    expect(answer).toEqual({
      channels: [
        {
          ...{ channel: GOLD, ok: true, epoch: expect.any(String), seq: published, quality: 'live', source: 'lab' },
          ...{ cause: 'none', since: expect.any(Number), recovered: false, granted: { maxRateHz: 100 } }
        }
      ]
    })
    await client.reach(GOLD, published)
    await client.reach(GOLD, publish())
    const [first, second] = client.updatesOf(GOLD)
    const { epoch } = (answer as { channels: readonly { epoch: string }[] }).channels[0] ?? {}
    expect(first).toMatchObject({ seq: published - 1, type: 'snapshot', epoch, data: quote(published - 1) })
    expect(second).toEqual({
      ...{ channel: GOLD, seq: published, data: quote(published) },
      ...{ exchangeTime: expect.any(Number), ingestTime: expect.any(Number) }
    })
    const order = client.events.map(({ name }) => name).filter((name) => name === 'ack' || name === 'updates')
    expect(order.slice(0, 2)).toEqual(['ack', 'updates'])
    expect(client.auditor.violations).toEqual([])
  })

  it('subscribes by wildcards, each channel once, and is told what there is not', async () => {
    const client = open(app)
    const { channels } = await client.subscribe('quote:LAB:*', '*:LAB:GOLD', 'trade:NOPE:*')
    expect(channels.map(({ channel, ok }) => [channel, ok])).toEqual([
      [GOLD, true],
      [SILVER, true],
      [IDLE, true],
      ['trade:LAB:GOLD', true],
      ['ticker:LAB:GOLD', true],
      ['trade:NOPE:*', false]
    ])
    const list = await client.request<{ channels: string[]; patterns: string[] }>('subscriptions', {})
    expect(list.channels.toSorted()).toEqual([GOLD, IDLE, SILVER, 'ticker:LAB:GOLD', 'trade:LAB:GOLD'])
    expect(list.patterns.toSorted()).toEqual(['*:LAB:GOLD', 'quote:LAB:*', 'trade:NOPE:*'])
    await client.reach(SILVER, publish())
    expect([...client.auditor.channels.keys()].toSorted()).toEqual([GOLD, SILVER])
  })

  it('holds as many channels as it may, and not one more', async () => {
    const client = open(app)
    const { channels } = await client.subscribe('quote:LAB:*', 'trade:LAB:*')
    expect(channels.map(({ ok }) => ok)).toEqual([true, true, true, true, true, false])
    expect(channels[5]?.error).toMatchObject({ code: 104, name: 'tooManyChannels', temporary: false })
    expect((await client.subscribe(GOLD)).channels[0]?.ok).toBe(true)
    await client.request('unsubscribe', GOLD)
    expect((await client.subscribe('trade:LAB:COPPER')).channels[0]?.ok).toBe(true)
  })

  it('gets nothing more of a channel after the answer to unsubscribe', async () => {
    const client = open(app)
    await client.subscribe(GOLD, SILVER)
    await client.reach(GOLD, published)
    const answer = await client.request('unsubscribe', { channels: [GOLD, IDLE, 'quote:X:*'] })
    const { last } = client.auditor.held(GOLD)
    await client.reach(SILVER, publish())
    expect(answer).toMatchObject({
      channels: [
        { channel: GOLD, ok: true },
        { channel: IDLE, ok: false, error: { code: 105, name: 'notSubscribed', temporary: false } },
        { channel: 'quote:X:*', ok: false, error: { code: 105, name: 'notSubscribed' } }
      ]
    })
    expect(client.auditor.held(GOLD).last).toBe(last)
    expect(await client.request('subscriptions')).toEqual({ channels: [SILVER], patterns: [] })
  })

  it('is sent a snapshot again when it asks, in its place in the stream', async () => {
    const client = open(app)
    await client.subscribe(GOLD)
    await client.reach(GOLD, published)
    const answer = await client.request('snapshot', { channel: GOLD })
    await until(() => client.auditor.held(GOLD).snapshots === 2, 'the snapshot')
    await client.reach(GOLD, publish())
    expect(answer).toEqual({ ok: true, channel: GOLD, epoch: expect.any(String), seq: published - 1 })
    expect(client.updatesOf(GOLD).map(({ seq, type }) => [seq, type])).toEqual([
      [published - 1, 'snapshot'],
      [published - 1, 'snapshot'],
      [published, undefined]
    ])
  })

  it.each([undefined, null, 7, 'text', { any: ['thing'] }, [1, 2]])(
    'sends `message` with %j and gets `message_back`',
    async (payload) => {
      const client = open(app)
      const answer = await client.request('message', payload)
      client.emit('message', payload)
      await until(() => client.payloadsOf('message_back').length === 2, 'message_back')
      expect(answer).toEqual({ result: 'OK' })
      expect(client.payloadsOf('message_back')).toEqual([{ result: 'OK' }, { result: 'OK' }])
      expect(client.notices).toEqual([])
    }
  )

  it('is refused with the same codes and words as at every other door, and goes on', async () => {
    const client = open(app)
    for (const [name, payload, error] of REFUSED) {
      const answer = await client.request(name, payload)
      expect([name, payload, answer]).toEqual([name, payload, { error: expect.objectContaining(error) }])
      const key = JSON.stringify([name, payload])
      expect([key, answer]).toEqual([key, refusals.get(key) ?? answer])
      refusals.set(key, answer)
    }
    for (const [channel, error] of REFUSED_NAMES) {
      const { channels } = await client.subscribe(channel)
      expect(channels).toEqual([{ channel, ok: false, error: expect.objectContaining(error) }])
      expect([channel, channels]).toEqual([channel, refusals.get(channel) ?? channels])
      refusals.set(channel, channels)
    }
    expect(await client.request('subscriptions')).toMatchObject({ channels: [] })
    expect(client.closing).toBeUndefined()
  })

  it('hears a heartbeat each time it was promised, whether it subscribed or not', async () => {
    const [client, follower] = [open(app), open(app)]
    await follower.subscribe(GOLD)
    await until(() => client.heartbeats >= 5 && follower.heartbeats >= 5, 'heartbeats', 5_000)
    for (const { serverTime, lagMs } of client.payloadsOf<{ serverTime: number; lagMs: number }>('heartbeat')) {
      expect(Math.abs(serverTime - Date.now())).toBeLessThan(10_000)
      expect(lagMs).toBeGreaterThanOrEqual(0)
    }
    const times = client.payloadsOf<{ serverTime: number }>('heartbeat').map(({ serverTime }) => serverTime)
    // The last and the first are four intervals apart, as the server's clock has it.
    expect((times[4] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(4 * 200 * 0.5)
  })
})
