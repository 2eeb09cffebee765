import type { QueuedMessages } from './queue.ts'

/** What the emitter needs of whoever serves the clients; every door stands behind it. */
export interface Gateway {
  /**
   * Sends a flush to everybody who subscribed. May take several turns of the event loop, so that accepting clients,
   * REST and heartbeats have their share; `done` is called when everything was handed to the connections.
   */
  publish(messages: QueuedMessages, done: () => void): void
  /** True while a client that follows the stream cannot be written to without waiting. */
  readonly isCongested: boolean
}
