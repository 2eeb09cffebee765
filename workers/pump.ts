import { setImmediate } from 'node:timers/promises'
import type { Feed } from './feeds/feed.ts'
import type { Outbox } from './outbox.ts'

/** Longest time a feed that always has more at hand keeps the thread from credit and beats, ms. */
const TURN_MS = 5

/**
 * Moves messages from a feed to the outbox until the feed ends or `signal` is aborted, and everything was posted.
 *
 * A feed that can pause is asked for more only while there is credit; any other is asked at once.
 */
export async function pump(feed: Feed, outbox: Outbox, signal: AbortSignal): Promise<void> {
  let turnStartedMs = performance.now()
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  for await (const messages of feed.messages()) {
    for (const message of messages) outbox.publish(message)
    outbox.flush()
    if (feed.canPause && !outbox.isReady) await Promise.race([outbox.ready(), stopped])
    if (signal.aborted) return
    if (performance.now() - turnStartedMs < TURN_MS) continue
    await setImmediate()
    turnStartedMs = performance.now()
  }
  await Promise.race([outbox.drained(), stopped])
}
