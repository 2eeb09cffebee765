import type { Update } from '../src/protocol/server-events.ts'
import { Continuity } from './continuity.ts'
import type { MarketConnection } from './market-connection.ts'

export interface MarketListener {
  /** An update that continues its channel, or sets it. */
  onApplied(update: Update): void
  /** Something is missing on the channel; its snapshot was asked for. */
  onGap?(channel: string): void
}

/** Hands on each update that belongs to an unbroken picture, and repairs what is broken. */
export function followMarket(connection: MarketConnection, listener: MarketListener): void {
  const continuity = new Continuity()
  connection.onConnection(({ state }) => {
    if (state === 'connected') continuity.reconnected()
  })
  connection.onAnswer((reply) => {
    if ('error' in reply) return
    for (const answer of reply.channels) if (answer.ok) continuity.enter(answer.channel, answer.epoch, answer.seq)
  })
  connection.onStatus((status) => {
    // One for a whole source names no epochs; in a new one each channel begins with a snapshot, which does.
    if ('channel' in status) continuity.enter(status.channel, status.epoch, status.lastSeq)
  })
  connection.onUpdates((updates) => {
    for (const update of updates) {
      const verdict = continuity.take(update)
      if (verdict === 'apply') listener.onApplied(update)
      if (verdict !== 'gap') continue
      connection.requestSnapshot(update.channel)
      listener.onGap?.(update.channel)
    }
  })
}
