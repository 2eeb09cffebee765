// @ts-check
const ACK_TIMEOUT_MS = 5_000
const RETRY_DELAY_MS = 1_000

/** Asks for snapshots one after the other, so that many holes don't run into the server's request limit. */
export class SnapshotRequests {
  #socket
  /** @type {Set<string>} */
  #wanted = new Set()
  #isAsking = false

  /** @param {any} socket */
  constructor(socket) {
    this.#socket = socket
  }

  /** @param {string} channel */
  add(channel) {
    this.#wanted.add(channel)
    if (!this.#isAsking) void this.#work()
  }

  clear() {
    this.#wanted.clear()
  }

  async #work() {
    this.#isAsking = true
    for (const channel of this.#wanted) {
      this.#wanted.delete(channel)
      if (!(await this.#ask(channel))) continue
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS))
      this.#wanted.add(channel)
    }
    this.#isAsking = false
  }

  /** Says whether another try later makes sense. @param {string} channel */
  async #ask(channel) {
    if (!this.#socket.connected) return false
    try {
      const reply = await this.#socket.timeout(ACK_TIMEOUT_MS).emitWithAck('snapshot', { channel })
      return reply.error?.temporary === true
    } catch {
      return this.#socket.connected
    }
  }
}
