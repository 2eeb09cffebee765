import type { ChannelView, MarketView, ProducerView, StatsView } from '../../src/http/market-view.ts'
import { parseChannel, patternMatcher } from '../../src/protocol/channel.ts'

/** A market of which a test says what there is. */
export class FakeMarketView implements MarketView {
  readonly updates = new Map<string, string>()
  readonly entries: ChannelView[] = []
  readonly producerList: ProducerView[] = [producerOf('synthetic')]
  health = { live: true, loopDelayMs: 1.5, uptimeMs: 60_000 }
  readinessState: { ready: boolean; reasons: string[] } = { ready: true, reasons: [] }

  /** Adds a channel whose newest state is `updates`, JSON text. */
  add(channel: string, updates = '[]', changes: Partial<ChannelView> = {}): void {
    this.entries.push({ ...channelOf(channel), ...changes })
    this.entries.sort((a, b) => (a.channel < b.channel ? -1 : 1))
    this.updates.set(channel, updates)
  }

  channels(pattern = '*:*:*'): readonly ChannelView[] {
    const isMatch = pattern === '*:*:*' ? () => true : patternMatcher(pattern)
    return this.entries.filter(({ channel }) => isMatch(channel))
  }

  channel(name: string): ChannelView | undefined {
    return this.entries.find(({ channel }) => channel === name)
  }

  snapshot(channel: string): string | undefined {
    return this.updates.get(channel)
  }

  producers(): readonly ProducerView[] {
    return this.producerList
  }

  stats(): StatsView {
    return {
      uptimeMs: this.health.uptimeMs,
      clients: 3,
      channels: this.entries.length,
      subscriptions: 12,
      queueDepth: 4,
      queueCapacity: 5_000,
      queueHighWater: 99,
      counters: { messagesReceived: 1_000, flushes: 10 }
    }
  }

  liveness() {
    return this.health
  }

  readiness() {
    return this.readinessState
  }
}

/** A channel that is live, by name. */
export function channelOf(name: string): ChannelView {
  const { kind, venue, symbol } = parseChannel(name) ?? { kind: '', venue: '', symbol: '' }
  return {
    channel: name,
    kind,
    venue,
    symbol,
    contract: kind === 'trade' ? 'event' : 'state',
    source: 'synthetic',
    epoch: 'e1',
    seq: 7,
    quality: 'live',
    cause: 'none',
    since: 1_700_000_000_000,
    ingestTime: 1_700_000_000_123,
    subscribers: 2,
    dormant: false
  }
}

/** A producer that runs well, by name. */
export function producerOf(name: string): ProducerView {
  return {
    name,
    feed: 'synthetic',
    state: 'running',
    origin: 'synthetic',
    epoch: 'e1',
    channels: 5,
    messages: 1_000,
    merged: 2,
    dropped: 1,
    restarts: 0,
    since: 1_700_000_000_000,
    lastError: null
  }
}
