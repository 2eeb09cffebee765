import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { OrderBook } from '../../../../src/market/order-book.ts'
import type { ChannelMessage, FeedMessage } from '../../../../src/protocol/feed-message.ts'
import type { Book, Quote } from '../../../../src/protocol/market-data.ts'
import type { ReplaySpec } from '../../../../src/protocol/producer-spec.ts'
import { createReplayFeed, type ReplayFeed } from '../../../../workers/feeds/feed-replay.ts'
import type { ReplayClock } from '../../../../workers/feeds/replay/replay-clock.ts'

/** Writes a file into a folder that is removed after the test, and gives its path. */
export function writeTemporary(name: string, content: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'tickcast-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

export const asText = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
export const asGzip = (lines: readonly string[]): Buffer => gzipSync(asText(lines))

export interface ReplayRun {
  readonly feed: ReplayFeed
  readonly logs: string[]
  readonly stop: AbortController
}

/** A replay at full speed unless `spec` or `clock` say otherwise; closed after the test. */
export function createReplay(files: readonly string[], spec: Partial<ReplaySpec> = {}, clock?: ReplayClock): ReplayRun {
  const logs: string[] = []
  const stop = new AbortController()
  const feed = createReplayFeed(
    { name: 'replay', feed: 'replay', files, speed: Infinity, loop: false, hold: false, ...spec },
    { signal: stop.signal, log: (level, text) => logs.push(`${level}: ${text}`) },
    clock
  )
  onTestFinished(() => feed.close())
  return { feed, logs, stop }
}

/** The batches of messages a feed gives, without the word that a pass begins, which has a batch of its own. */
export async function* batchesOf(feed: ReplayFeed): AsyncGenerator<readonly FeedMessage[]> {
  for await (const batch of feed.messages()) {
    const [first] = batch
    if (first === undefined || !('rewind' in first)) yield batch
  }
}

/** Opens the feed and takes messages to the end, or until there are `limit`. */
export async function collect(feed: ReplayFeed, limit = Infinity): Promise<FeedMessage[]> {
  await feed.open()
  const messages: FeedMessage[] = []
  for await (const batch of batchesOf(feed)) {
    messages.push(...batch)
    if (messages.length >= limit) break
  }
  return messages
}

const isUpdate = (message: FeedMessage): message is ChannelMessage => 'channel' in message
export const ofKind = (messages: readonly FeedMessage[], kind: string): ChannelMessage[] =>
  messages.filter(isUpdate).filter(({ channel }) => channel.startsWith(`${kind}:`))

/** What rebuilding the books beside the venue's own best prices found. */
export interface BookAudit {
  readonly crossedCount: number
  /** Update ids at which both the book and a quote are known. */
  readonly comparedCount: number
  readonly differences: readonly string[]
}

/** Rebuilds the one book among `messages`, and compares its top with each quote that has the same venue update id. */
export function auditBook(messages: readonly FeedMessage[]): BookAudit {
  const book = new OrderBook()
  const quotes = new Map(ofKind(messages, 'quote').map(({ data }) => [(data as Quote).venueSeq, data as Quote]))
  const differences: string[] = []
  let crossedCount = 0
  let comparedCount = 0
  for (const { data, isSnapshot } of ofKind(messages, 'book')) {
    if (isSnapshot === true) book.load(data as Book)
    else book.apply(data as Book)
    if (book.isCrossed()) crossedCount += 1
    const quote = quotes.get((data as Book).venueSeq)
    if (quote === undefined) continue
    comparedCount += 1
    const top = book.best()
    const isEqual =
      top.bid === quote.bid && top.bidSize === quote.bidSize && top.ask === quote.ask && top.askSize === quote.askSize
    if (!isEqual) differences.push(`${quote.venueSeq}: ${JSON.stringify(top)} is not ${JSON.stringify(quote)}`)
  }
  return { crossedCount, comparedCount, differences }
}
