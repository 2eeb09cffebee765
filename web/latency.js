// @ts-check
/** Heartbeats that are remembered: long enough to have seen a quick one, short enough to follow a drifting clock. */
const HEARTBEATS = 60
const ROUND_TRIPS = 12
const SAMPLES = 500

/**
 * How long updates take from the server's flush to this page, though the two clocks may differ.
 *
 * The heartbeat that came quickest shows by how much the clocks differ, apart from the way it took; half of the
 * quickest round trip stands for that way.
 */
export class Latency {
  /** @type {number[]} */
  #differences = []
  /** @type {number[]} */
  #roundTrips = []
  /** @type {number[]} */
  #samples = []

  /** @param {number} serverTime */
  noteHeartbeat(serverTime) {
    keep(this.#differences, nowMs() - serverTime, HEARTBEATS)
  }

  /** @param {number} roundTripMs */
  noteRoundTrip(roundTripMs) {
    keep(this.#roundTrips, roundTripMs, ROUND_TRIPS)
  }

  /** @param {number} emitTime */
  noteBatch(emitTime) {
    keep(this.#samples, nowMs() - emitTime, SAMPLES)
  }

  /** Median of what came since the last call, ms; `undefined` while it cannot be told. */
  takeMedian() {
    const samples = this.#samples.sort((a, b) => a - b)
    this.#samples = []
    const median = samples[samples.length >> 1]
    if (median === undefined || this.#differences.length === 0) return undefined
    const wayMs = this.#roundTrips.length === 0 ? 0 : Math.min(...this.#roundTrips) / 2
    return Math.max(0, median - Math.min(...this.#differences) + wayMs)
  }

  /** A new connection may lead to another server, with another clock. */
  reset() {
    this.#differences = []
    this.#roundTrips = []
    this.#samples = []
  }
}

/** Wall clock with fractions of a millisecond, never set back. */
function nowMs() {
  return performance.timeOrigin + performance.now()
}

/**
 * @param {number[]} list
 * @param {number} value
 * @param {number} limit
 */
function keep(list, value, limit) {
  list.push(value)
  if (list.length > limit) list.shift()
}
