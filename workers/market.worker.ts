import type { MessagePort } from 'node:worker_threads'
import { BEAT_MS, type MainToProducer, type ProducerTask } from '../src/protocol/port-messages.ts'
import type { ProducerSpec } from '../src/protocol/producer-spec.ts'
import type { Feed, FeedContext } from './feeds/feed.ts'
import { createModuleFeed } from './feeds/feed-module.ts'
import { createReplayFeed } from './feeds/feed-replay.ts'
import { createSyntheticFeed } from './feeds/feed-synthetic.ts'
import { Outbox } from './outbox.ts'
import { pump } from './pump.ts'

/**
 * The life of one producer: feed → outbox → port. Resolves when it was asked to stop or the source is exhausted;
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
  const outbox = new Outbox({ port, epoch, credit, merges: !feed.canPause, now: Date.now })
  const released = Promise.withResolvers<void>()
  const totals = () => ({ ...outbox.totals, inputErrors: feed.inputErrors ?? 0 })
  const beat = setInterval(() => port.postMessage({ type: 'beat', ...totals() }), BEAT_MS)
  port.on('message', (message: MainToProducer) => {
    switch (message.type) {
      case 'credit':
        return outbox.grant(message.messages, message.batches)
      case 'release':
        return released.resolve()
      case 'stop':
        stopping.abort()
        released.resolve()
        return
      default:
        return message satisfies never
    }
  })
  try {
    outbox.declare(await feed.open())
    port.postMessage({ type: 'opened' })
    if (spec.feed === 'replay' && spec.hold) await released.promise
    if (!stopping.signal.aborted) await pump(feed, outbox, stopping.signal)
    if (!stopping.signal.aborted) port.postMessage({ type: 'finished', ...totals() })
  } finally {
    clearInterval(beat)
    await feed.close()
    port.close()
  }
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
