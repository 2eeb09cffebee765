import { setImmediate } from 'node:timers/promises'
import type { FeedMessage } from '../src/protocol/feed-message.ts'
import type { OutgoingMessage } from './compute/derive-message.ts'
import type { Feed } from './feeds/feed.ts'
import type { Outbox } from './outbox.ts'

/** What computes between a feed and the outbox. */
export interface Stage {
  /** A batch of the feed's messages with what follows from them. */
  apply(messages: readonly FeedMessage[]): readonly OutgoingMessage[]
  /** What was held back, when the feed has ended. */
  drain(): readonly OutgoingMessage[]
}

/** Time for which a feed that always has more at hand keeps the thread from credit and beats, ms: twice that at the most. */
const TURN_MS = 5

/**
 * Moves messages from a feed, and what is derived from them, to the outbox until the feed ends or `signal` is aborted, and everything was posted.
 *
 * A feed that can pause is asked for more only while there is credit; any other is asked at once.
 */
export async function pump(feed: Feed, stage: Stage, outbox: Outbox, signal: AbortSignal): Promise<void> {
  const turn = new Turn()
  for await (const messages of feed.messages()) {
    for (const message of stage.apply(messages)) {
      // A rewind must not overtake what waits for credit.
      if ('rewind' in message) await unlessAborted(outbox.drained(), signal)
      outbox.publish(message)
    }
    outbox.flush()
    if (feed.canPause && !outbox.isReady) await unlessAborted(outbox.ready(), signal)
    if (signal.aborted) return
    if (turn.isOver()) await turn.end()
  }
  for (const message of stage.drain()) outbox.publish(message)
  await unlessAborted(outbox.drained(), signal)
}

/** How long this thread has been at work without a look at what else there is to do. */
class Turn {
  #startedMs = performance.now()
  /** Time for which it has waited so far, ms: when that has grown, whatever else there was had its time. */
  #idleMs = performance.nodeTiming.idleTime

  /** Says that others must have theirs; when they had it already, the next one begins here. */
  isOver(): boolean {
    if (performance.now() - this.#startedMs < TURN_MS) return false
    const hasWaited = performance.nodeTiming.idleTime > this.#idleMs
    if (hasWaited) this.#begin()
    return !hasWaited
  }

  /** Lets others have theirs, however long that takes. */
  async end(): Promise<void> {
    await setImmediate()
    this.#begin()
  }

  #begin(): void {
    this.#startedMs = performance.now()
    this.#idleMs = performance.nodeTiming.idleTime
  }
}

/** Waits no longer than until the abort, and leaves nothing behind on the signal: a replay pauses very often. */
async function unlessAborted(waiting: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const { promise: aborted, resolve: abort } = Promise.withResolvers<void>()
  const onAbort = () => abort()
  signal.addEventListener('abort', onAbort, { once: true })
  await Promise.race([waiting, aborted])
  signal.removeEventListener('abort', onAbort)
}
