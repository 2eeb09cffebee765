import { inspect } from 'node:util'
import { type MessagePort, threadId } from 'node:worker_threads'
import { calendarNamed } from '../src/market/named-calendar.ts'
import { calendarFinder } from '../src/protocol/calendar-rule.ts'
import {
  BEAT_MS,
  type DeriveTask,
  type MainToProducer,
  type OpenCandles,
  type OutboxTotals,
  type ProducerTask
} from '../src/protocol/port-messages.ts'
import type { ProducerSpec } from '../src/protocol/producer-spec.ts'
import { Derive } from './compute/derive.ts'
import type { Feed, FeedContext } from './feeds/feed.ts'
import { createModuleFeed } from './feeds/feed-module.ts'
import { createReplayFeed } from './feeds/feed-replay.ts'
import { createSyntheticFeed } from './feeds/feed-synthetic.ts'
import { Outbox } from './outbox.ts'
import { pump } from './pump.ts'

const NOTHING_SENT = { published: 0, merged: 0, dropped: 0, pauses: 0 } as const

/**
 * The life of one producer: feed → derive → outbox → port. Resolves when it was asked to stop or the source is exhausted;
 * rejects when the feed fails, and the supervisor starts it again.
 */
export default async function market(task: ProducerTask): Promise<void> {
  const { spec, epoch, credit } = task
  const port = task.port as unknown as MessagePort
  const stopping = new AbortController()
  const context: FeedContext = {
    signal: stopping.signal,
    log: (level, text) => port.postMessage({ type: 'log', level, text })
  }
  const feed = createFeed(spec, context)
  const derive = createDerive(task.derive, spec)
  const released = Promise.withResolvers<void>()
  const restored = Promise.withResolvers<readonly OpenCandles[]>()
  const closed = new Promise<void>((resolve) => port.once('close', () => resolve()))
  let outbox: Outbox | undefined
  const tick = setInterval(() => outbox && publishDue(derive, outbox), task.derive.deriveMs)
  const totals = (): OutboxTotals => ({ ...(outbox?.totals ?? NOTHING_SENT), inputErrors: feed.inputErrors ?? 0 })
  const beat = setInterval(() => port.postMessage({ type: 'beat', ...totals() }), BEAT_MS)
  port.on('message', (message: MainToProducer) => {
    switch (message.type) {
      case 'credit':
        outbox?.grant(message.credit, message.batches, message.memory)
        return
      case 'interest':
        outbox?.setInterest(message.channels, message.isWanted)
        return
      case 'release':
        released.resolve()
        return
      case 'restore':
        restored.resolve(message.symbols)
        return
      case 'stop':
        stopping.abort()
        released.resolve()
        restored.resolve([])
        return
      default:
        message satisfies never
    }
  })
  try {
    const channels = await feed.open()
    // Only an open feed knows whether it can pause.
    const { canPause } = feed
    outbox = new Outbox({ port, epoch, credit, merges: !canPause, now: Date.now })
    outbox.declare([...channels, ...derive.declarations(channels)])
    port.postMessage({ type: 'opened', threadId, canPause })
    if (spec.feed === 'replay' && spec.hold) await released.promise
    if (task.derive.isRestored) {
      for (const past of await restored.promise) derive.restore(past)
    }
    if (!stopping.signal.aborted) await pump(feed, derive, outbox, stopping.signal)
    if (stopping.signal.aborted) return
    port.postMessage({ type: 'finished', ...totals() })
    // The main thread closes the port once it has taken in everything; the end of the task could overtake it.
    await closed
  } catch (thrown) {
    throw thrown instanceof Error ? thrown : new Error(`threw ${inspect(thrown)}`)
  } finally {
    clearInterval(beat)
    clearInterval(tick)
    await feed.close()
    port.close()
  }
}

/** Time goes by the messages of a recording, so that it gives the same at any speed; else by the clock. */
function createDerive({ deriveMs, maxSymbols, calendars }: DeriveTask, { feed }: ProducerSpec): Derive {
  const calendarOf = calendarFinder(calendars)
  return new Derive({
    deriveMs,
    symbolLimit: maxSymbols,
    calendarOf: (venue, symbol) => calendarNamed(calendarOf(venue, symbol)),
    ...(feed !== 'replay' && { nowMs: () => performance.now() })
  })
}

function publishDue(derive: Derive, outbox: Outbox): void {
  for (const message of derive.tick()) outbox.publish(message)
  outbox.flush()
}

function createFeed(spec: ProducerSpec, context: FeedContext): Feed {
  switch (spec.feed) {
    case 'synthetic':
      return createSyntheticFeed(spec, context)
    case 'replay':
      return createReplayFeed(spec, context)
    case 'module':
      return createModuleFeed(spec, context)
    default:
      return spec satisfies never
  }
}
