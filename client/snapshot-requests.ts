/** Asks the server once for a channel's snapshot; `true` when another try later makes sense. */
export type AskSnapshot = (channel: string) => Promise<boolean>

const RETRY_DELAY_MS = 1_000

/**
 * Asks for snapshots one after another, so that a hole in thousands of channels does not run into the server's
 * request limit. Bounded by the number of channels: each waits here at most once.
 */
export class SnapshotRequests {
  readonly #wanted = new Set<string>()
  readonly #ask: AskSnapshot
  #isAsking = false

  constructor(ask: AskSnapshot) {
    this.#ask = ask
  }

  add(channel: string): void {
    this.#wanted.add(channel)
    if (!this.#isAsking) void this.#work()
  }

  /** Forgets what was not asked yet: a new subscription brings every snapshot by itself. */
  clear(): void {
    this.#wanted.clear()
  }

  async #work(): Promise<void> {
    this.#isAsking = true
    for (const channel of this.#wanted) {
      this.#wanted.delete(channel)
      if (!(await this.#ask(channel))) continue
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS))
      this.#wanted.add(channel)
    }
    this.#isAsking = false
  }
}
