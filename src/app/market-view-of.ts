import type { Catalog } from '../broadcast/catalog.ts'
import { presentOf } from '../broadcast/catch-up.ts'
import type { ChannelState } from '../broadcast/channel-state.ts'
import type { BoundedQueue } from '../broadcast/queue.ts'
import type { FanOut } from '../gateway/fan-out.ts'
import { type Lanes, subscribersOf } from '../gateway/lanes.ts'
import type { ChannelView, MarketView, ProducerView } from '../http/market-view.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { LoopDelay } from '../telemetry/loop-delay.ts'
import type { Producer } from '../threads/producer.ts'
import type { Producers } from './producers.ts'

/** An event loop later than this is not live, ms. */
const MAX_LOOP_DELAY_MS = 2_000

const ORIGINS = { synthetic: 'synthetic', replay: 'replay', module: 'live' } as const

export interface MarketViewParts {
  readonly catalog: Catalog
  readonly fanOut: FanOut
  readonly lanes: Lanes
  readonly queue: BoundedQueue
  readonly producers: Producers
  readonly counters: Counters
  readonly loopDelay: LoopDelay
  /** Names of the producers without which the server is not ready. */
  readonly required: readonly string[]
  readonly life: { readonly isStarted: boolean; readonly isStopping: boolean }
}

/** What REST may see of the running parts. */
export function createMarketView(parts: MarketViewParts): MarketView {
  const { catalog, fanOut, lanes, queue, producers, counters, loopDelay } = parts
  const startedMs = performance.now()
  const uptimeMs = () => Math.round(performance.now() - startedMs)
  return {
    channels: (pattern) => {
      const channels = pattern === undefined ? [...catalog.channels()] : catalog.matching(pattern)
      const byName = channels.sort((a, b) => (a.name < b.name ? -1 : 1))
      return byName.map((channel) => channelView(channel, lanes))
    },
    channel: (name) => {
      const channel = catalog.find(name)
      return channel === undefined ? undefined : channelView(channel, lanes)
    },
    snapshot: (name) => {
      const channel = catalog.find(name)
      if (channel === undefined) return undefined
      const updates = presentOf(channel).map(({ segment, index }) => segment.json(index).toString())
      return `[${updates.join(',')}]`
    },
    producers: () => producers.list.map((producer) => producerView(producer, catalog)),
    stats: () => ({
      uptimeMs: uptimeMs(),
      clients: fanOut.subscribers.size,
      channels: catalog.size,
      subscriptions: fanOut.subscriptions,
      queueDepth: queue.size,
      queueCapacity: queue.capacity,
      queueHighWater: queue.highWater,
      counters
    }),
    liveness: () => {
      const loopDelayMs = Math.round(loopDelay.lastSecond().max)
      return { live: loopDelayMs < MAX_LOOP_DELAY_MS, loopDelayMs, uptimeMs: uptimeMs() }
    },
    readiness: () => {
      const reasons = notReady(parts)
      return { ready: reasons.length === 0, reasons }
    }
  }
}

function notReady({ life, producers, required }: MarketViewParts): string[] {
  if (life.isStopping) return ['the server stops']
  if (!life.isStarted) return ['the server starts']
  return producers.list
    .filter((producer) => required.includes(producer.spec.name) && !isFresh(producer))
    .map(({ spec, state, lastError }) => {
      const what = state === 'running' ? 'has not delivered anything yet' : `is ${state}`
      return `${spec.name} ${what}${lastError === null ? '' : `: ${lastError}`}`
    })
}

function isFresh({ state, hasDelivered }: Producer): boolean {
  return (state === 'running' && hasDelivered) || state === 'holding' || state === 'finished'
}

function channelView(channel: ChannelState, lanes: Lanes): ChannelView {
  const { name, kind, venue, symbol, contract, source, epoch, seq, quality, cause, since, ingestTime } = channel
  return {
    channel: name,
    kind,
    venue,
    symbol,
    contract,
    source,
    epoch,
    seq,
    quality,
    cause,
    since,
    ingestTime: ingestTime === 0 ? null : ingestTime,
    subscribers: subscribersOf(channel, lanes),
    dormant: channel.isDormant
  }
}

/** One producer as REST and operators see it. */
export function producerView(producer: Producer, catalog: Catalog): ProducerView {
  const { spec, state, epoch, totals, restarts, sinceTime, lastError } = producer
  return {
    name: spec.name,
    feed: spec.feed,
    state,
    origin: ORIGINS[spec.feed],
    epoch,
    channels: catalog.countOf(spec.name),
    messages: totals.published,
    merged: totals.merged,
    dropped: totals.dropped,
    restarts,
    since: sinceTime,
    lastError
  }
}
