import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defineProducer } from '../../../src/index.ts'
import type { FeedMessage } from '../../../src/protocol/feed-message.ts'
import type { Feed } from '../../../workers/feeds/feed.ts'
import { createModuleFeed } from '../../../workers/feeds/feed-module.ts'
import { PUSH_QUEUE_LIMIT } from '../../../workers/feeds/module/push-queue.ts'
import { writeProducer } from '../support/producer-file.ts'

function createFeed(file: string) {
  const logs: string[] = []
  const stop = new AbortController()
  const context = { signal: stop.signal, log: (level: string, text: string) => logs.push(`${level}: ${text}`) }
  const feed = createModuleFeed({ name: 'mine', feed: 'module', file }, context)
  onTestFinished(() => feed.close())
  return { feed, logs, stop }
}

/** Opens the feed and takes messages to the end, or until there are `limit`. */
async function collect(feed: Feed, limit = Infinity): Promise<FeedMessage[]> {
  await feed.open()
  const messages: FeedMessage[] = []
  for await (const batch of feed.messages()) {
    messages.push(...batch)
    if (messages.length >= limit) break
  }
  return messages
}

const bid = `{ bid: '1', bidSize: '1', ask: '2', askSize: '1' }`
/** A producer whose only message is the given expression. */
const yielding = (message: string) => `export default async function* () { yield ${message} }`

describe('A producer file', () => {
  it('is run by the example in the project', async () => {
    const { feed, logs } = createFeed(fileURLToPath(new URL('../../../examples/my-producer.ts', import.meta.url)))
    const messages = await collect(feed, 11)

    expect(messages[0]).toEqual({
      channel: 'quote:LAB:GOLD',
      exchangeTime: expect.any(Number),
      data: {
        bid: expect.stringMatching(/^\d+\.\d\d$/),
        bidSize: '3',
        ask: expect.stringMatching(/^\d+\.\d\d$/),
        askSize: '2'
      }
    })
    expect(messages[10]).toEqual({ on: 'bell', data: { step: 10, bid: expect.any(String) } })
    expect(logs).toEqual(['info: The market opens'])
  })

  it('yields messages one by one or in arrays, and tells its channels and whether it can pause', async () => {
    const { feed } = createFeed(
      writeProducer(`export default {
        channels: ['quote:LAB:A', { channel: 'alert:LAB:A', contract: 'event' }],
        canPause: true,
        async *messages() {
          yield [{ channel: 'quote:LAB:A', data: ${bid}, exchangeTime: 5 }, { on: 'news', data: null }]
          yield []
          yield { channel: 'book:LAB:A', data: { bids: [], asks: [] }, isSnapshot: true, exchangeTime: 6 }
          yield { quality: 'stale', cause: 'venue_silent', channels: ['quote:LAB:A'] }
          yield { rewind: true }
        }
      }`)
    )

    expect(await feed.open()).toEqual([{ channel: 'quote:LAB:A' }, { channel: 'alert:LAB:A', contract: 'event' }])
    expect(feed.canPause).toBe(true)
    const batches: (readonly FeedMessage[])[] = []
    for await (const batch of feed.messages()) batches.push(batch)
    expect(batches.map((batch) => batch.length)).toEqual([2, 0, 1, 1, 1])
    expect(batches.flat()).toEqual([
      { channel: 'quote:LAB:A', data: { bid: '1', bidSize: '1', ask: '2', askSize: '1' }, exchangeTime: 5 },
      { on: 'news', data: null },
      { channel: 'book:LAB:A', data: { bids: [], asks: [] }, isSnapshot: true, exchangeTime: 6 },
      { quality: 'stale', cause: 'venue_silent', channels: ['quote:LAB:A'] },
      { rewind: true }
    ])
  })

  it('may be an async generator function alone; its messages are of now', async () => {
    const beforeMs = Date.now()
    const [message] = await collect(createFeed(writeProducer(yielding(`{ channel: 'x:LAB:A', data: {} }`))).feed)

    expect(message).toMatchObject({ channel: 'x:LAB:A' })
    expect((message as { exchangeTime: number }).exchangeTime).toBeGreaterThanOrEqual(beforeMs)
  })

  it('may publish from callbacks, and is told to stop', async () => {
    const { feed, logs } = createFeed(
      writeProducer(`export default {
        start({ publish, log, signal }) {
          const timer = setInterval(() => publish({ on: 'tick', data: 1 }), 1)
          return () => { clearInterval(timer); log('info', 'stopped ' + signal.aborted + publish({ on: 'late', data: 1 })) }
        }
      }`)
    )
    const messages = await collect(feed, 3)
    await feed.close()
    await expect.poll(() => logs).toEqual(['info: stopped truefalse'])

    expect(feed.canPause).toBe(false)
    expect(messages.slice(0, 3)).toEqual(Array(3).fill({ on: 'tick', data: 1 }))
  })

  it('is refused messages, and told so, when more wait than the limit', async () => {
    const { feed, logs } = createFeed(
      writeProducer(`export default {
        start({ publish }) {
          const taken = Array.from({ length: ${PUSH_QUEUE_LIMIT + 2} }, (_, data) => publish({ on: 'burst', data }))
          setTimeout(() => publish({ on: 'taken', data: taken.filter(Boolean).length }), 5)
        }
      }`)
    )
    const messages = await collect(feed, PUSH_QUEUE_LIMIT + 1)

    expect(messages).toHaveLength(PUSH_QUEUE_LIMIT + 1)
    expect(messages.at(-1)).toEqual({ on: 'taken', data: PUSH_QUEUE_LIMIT })
    expect(logs.filter((line) => line.includes('publish refuses messages'))).toHaveLength(1)
  })

  it.each([
    ['while it waits for something of its own', `await new Promise(() => {})`],
    ['while it waits on a timer with the signal', `await setTimeout(1e6, undefined, { signal })`]
  ])('is stopped %s', async (_, wait) => {
    const { feed, stop } = createFeed(
      writeProducer(`import { setTimeout } from 'node:timers/promises'
        export default async function* ({ signal }) { yield { on: 'first', data: 1 }; ${wait} }`)
    )
    await feed.open()
    const batches = feed.messages()[Symbol.asyncIterator]()
    await batches.next()
    const next = batches.next()
    stop.abort()

    expect((await next).done).toBe(true)
  })

  it.each([
    ['throws while it runs', `export default async function* () { throw new Error('boom') }`, 'boom'],
    ['throws in start', `export default { async start() { throw new Error('boom') } }`, 'boom'],
    ['throws in start at once', `export default { start() { throw new Error('boom') } }`, 'boom']
  ])('that %s ends its feed with that error', async (_, source, error) => {
    await expect(collect(createFeed(writeProducer(source)).feed)).rejects.toThrow(error)
  })

  it.each([
    ['export const a = 1', 'found no default export'],
    ['export default 5', 'found a default export with neither'],
    ['export default { messages() {}, start() {} }', 'found a default export with both'],
    ['export default {', 'expected a module that loads'],
    [`import 'no-such-package'; export default {}`, 'no-such-package'],
    [`export default { channels: ['quote'], start() {} }`, 'expected channels like kind:VENUE:SYMBOL']
  ])('that holds %s is refused when it is opened', async (source, error) => {
    const file = writeProducer(source)

    await expect(createFeed(file).feed.open()).rejects.toThrow(error)
    await expect(createFeed(file).feed.open()).rejects.toThrow(file)
  })

  it('that is not there is refused when it is opened', async () => {
    const { feed } = createFeed(join(import.meta.dirname, 'none.ts'))

    await expect(feed.open()).rejects.toThrow(/none\.ts: expected a file, found none\. Check the path/)
    await expect(collect({ ...feed, open: async () => [], messages: () => feed.messages() })).rejects.toThrow(
      'must be opened'
    )
  })

  it.each([
    ['5', 'found number'],
    ['null', 'found null'],
    ['[[]]', 'found a nested array'],
    ['{ data: {} }', 'Expected a message {channel, data} or {on, data}'],
    [`{ channel: 'gold', data: {} }`, 'found gold'],
    [`{ channel: 5, data: {} }`, 'Expected a channel like'],
    [`{ channel: 'x:LAB:A' }`, 'expected data to be an object, found undefined'],
    [`{ channel: 'x:LAB:A', data: 5 }`, 'found number'],
    [`{ channel: 'x:LAB:A', data: {}, exchangeTime: 'now' }`, 'expected exchangeTime in ms'],
    [`{ channel: 'quote:LAB:A', data: { ...${bid}, bid: 1 } }`, 'found that data/bid'],
    [`{ channel: 'book:LAB:A', data: { bids: {}, asks: [] } }`, 'found that data/bids'],
    [`{ channel: 'x:LAB:A', data: { a: [{ b: NaN }] } }`, 'found that data.a[0].b is NaN'],
    [`{ channel: 'x:LAB:A', data: { a: 1n } }`, 'data.a is a bigint'],
    [`{ channel: 'x:LAB:A', data: { a: new Map() } }`, 'data.a is a Map'],
    [`{ on: 'news', data: () => 1 }`, 'data is a function'],
    [`(() => { const a = {}; a.a = a; return { on: 'news', data: a } })()`, 'in a circle'],
    [`{ on: 'news' }`, 'expected data, found none'],
    [`{ on: '', data: 1 }`, 'an empty string'],
    [`{ on: 'updates', data: 1 }`, `found on: 'updates', which is taken`],
    [`{ quality: 'good', cause: 'none' }`, 'found good and none'],
    [`{ quality: 'live', cause: 'none', channels: ['a'] }`, 'Expected channels to be a list of names']
  ])('that publishes %s ends its feed, told what was expected', async (message, error) => {
    const file = writeProducer(yielding(message))
    const failure: unknown = await collect(createFeed(file).feed).catch((reason: unknown) => reason)

    expect(String(failure)).toContain(`Producer ${file}: `)
    expect(String(failure)).toContain(error)
  })

  it('is typed by defineProducer, which changes nothing', () => {
    const definition = { start: () => undefined }

    expect(defineProducer(definition)).toBe(definition)
  })
})
