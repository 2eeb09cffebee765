/** One a second: a minute, within which two clocks drift apart by a millisecond or two at most. */
const MOST_SAMPLES = 60

/**
 * How far this machine's clock is ahead of the server's, estimated from heartbeats.
 *
 * Method: each message that tells the server's time gives `received - serverTime`, which is the offset plus the time on
 * the way. The least of the last minute (the lower envelope) is the one that was held up least. So the estimate is too
 * high by the fastest way from the server to here, and what is measured with it counts from there: on a local network
 * that is well below a millisecond, across an ocean half a round trip.
 */
export class ClockOffset {
  #samples: number[] = []

  /** Takes note of a message that told the server's time; both in ms since the Unix epoch. */
  note(serverTimeMs: number, receivedMs: number): void {
    if (this.#samples.length >= MOST_SAMPLES) this.#samples.shift()
    this.#samples.push(receivedMs - serverTimeMs)
  }

  /** ms; 0 before the first note. */
  get offsetMs(): number {
    return this.#samples.length === 0 ? 0 : Math.min(...this.#samples)
  }

  clear(): void {
    this.#samples = []
  }
}
