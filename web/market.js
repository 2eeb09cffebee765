// @ts-check
/** @typedef {import('./continuity.js').Update} Update */

/**
 * One row of the table: what is known of a symbol on a venue. Changed in place; `version` grows with every change.
 *
 * @typedef {object} Instrument
 * @property {string} symbol
 * @property {string} venue
 * @property {string} bid Decimal strings, as the venue sent them; empty before the first.
 * @property {string} bidSize
 * @property {string} ask
 * @property {string} askSize
 * @property {string} last
 * @property {string} firstLast The first last price this page has seen.
 * @property {Record<Flashing, Move>} moves
 * @property {number} updatedMs When the newest update arrived; `performance.now()`.
 * @property {number} countSinceMeasure
 * @property {number} ratePerSecond
 * @property {Record<string, Trust>} trust How far its quotes and its trades can be trusted, by kind.
 * @property {number} version
 */

/** @typedef {'bid' | 'ask' | 'last'} Flashing */
/** @typedef {{ count: number, isUp: boolean }} Move */
/** @typedef {{ source?: string, quality: string, cause: string, since: number, hasGap: boolean }} Trust */

/** The newest of every symbol, whatever the rate of updates: memory grows with symbols, never with messages. */
export class Market {
  /** @type {Map<string, Instrument>} */
  #instruments = new Map()
  /** Channel names taken apart once. @type {Map<string, { kind: string, instrument: Instrument }>} */
  #channels = new Map()
  #countSinceMeasure = 0
  ratePerSecond = 0
  gapCount = 0

  get size() {
    return this.#instruments.size
  }

  instruments() {
    return this.#instruments.values()
  }

  /**
   * @param {Update} update
   * @param {number} nowMs
   */
  apply({ channel, data }, nowMs) {
    const { kind, instrument } = this.#of(channel)
    if (kind === 'quote') {
      set(instrument, 'bid', data.bid)
      set(instrument, 'ask', data.ask)
      instrument.bidSize = data.bidSize ?? ''
      instrument.askSize = data.askSize ?? ''
    } else {
      set(instrument, 'last', data.price)
      if (instrument.firstLast === '') instrument.firstLast = instrument.last
    }
    trustOf(instrument, kind).hasGap = false
    instrument.updatedMs = nowMs
    instrument.countSinceMeasure += 1
    instrument.version += 1
    this.#countSinceMeasure += 1
  }

  /**
   * Takes note of how far a channel can be trusted, or every channel of a producer.
   *
   * @param {{ channel?: string, source: string, quality: string, cause?: string, since?: number }} status
   */
  setTrust({ channel, source, quality, cause = 'none', since = Date.now() }) {
    const concerned = channel === undefined ? this.#channelsOf(source) : [this.#of(channel)]
    for (const { kind, instrument } of concerned) {
      instrument.trust[kind] = { source, quality, cause, since, hasGap: false }
      instrument.version += 1
    }
  }

  /** Nothing can be trusted until it is granted anew. */
  loseConnection() {
    const since = Date.now()
    for (const { kind, instrument } of this.#channels.values()) {
      instrument.trust[kind] = { quality: 'stale', cause: 'no_connection', since, hasGap: false }
      instrument.version += 1
    }
  }

  /** @param {string} channel */
  noteGap(channel) {
    const { kind, instrument } = this.#of(channel)
    trustOf(instrument, kind).hasGap = true
    instrument.version += 1
    this.gapCount += 1
  }

  /** Turns counts into rates. @param {number} elapsedMs since the last time */
  measure(elapsedMs) {
    const perSecond = 1_000 / elapsedMs
    for (const instrument of this.#instruments.values()) {
      instrument.ratePerSecond = instrument.countSinceMeasure * perSecond
      instrument.countSinceMeasure = 0
    }
    this.ratePerSecond = this.#countSinceMeasure * perSecond
    this.#countSinceMeasure = 0
  }

  /** A channel whose producer is not known may be one of this. @param {string} source */
  #channelsOf(source) {
    const all = [...this.#channels.values()]
    return all.filter(({ kind, instrument }) => (instrument.trust[kind]?.source ?? source) === source)
  }

  /** @param {string} channel */
  #of(channel) {
    const known = this.#channels.get(channel)
    if (known !== undefined) return known
    const [kind = '', venue = '', symbol = ''] = channel.split(':')
    const key = `${venue}:${symbol}`
    const instrument = this.#instruments.get(key) ?? newInstrument(venue, symbol)
    this.#instruments.set(key, instrument)
    const entry = { kind, instrument }
    this.#channels.set(channel, entry)
    return entry
  }
}

/**
 * Why an instrument's prices must not be taken for the present ones, or `undefined` when they may.
 *
 * @param {Instrument} instrument
 * @returns {Trust | undefined}
 */
export function doubtOf({ trust }) {
  for (const kind in trust) {
    const one = trust[kind]
    if (one !== undefined && (one.hasGap || (one.quality !== 'live' && one.quality !== 'delayed'))) return one
  }
  return undefined
}

/**
 * @param {Instrument} instrument
 * @param {Flashing} field
 * @param {string | undefined} value
 */
function set(instrument, field, value = '') {
  const before = instrument[field]
  if (before === value) return
  instrument[field] = value
  if (before === '') return
  const move = instrument.moves[field]
  move.count += 1
  move.isUp = Number(value) > Number(before)
}

/**
 * @param {Instrument} instrument
 * @param {string} kind
 */
function trustOf(instrument, kind) {
  instrument.trust[kind] ??= { quality: 'live', cause: 'none', since: Date.now(), hasGap: false }
  return instrument.trust[kind]
}

/**
 * @param {string} venue
 * @param {string} symbol
 * @returns {Instrument}
 */
function newInstrument(venue, symbol) {
  const still = () => ({ count: 0, isUp: false })
  return {
    symbol,
    venue,
    bid: '',
    bidSize: '',
    ask: '',
    askSize: '',
    last: '',
    firstLast: '',
    moves: { bid: still(), ask: still(), last: still() },
    updatedMs: 0,
    countSinceMeasure: 0,
    ratePerSecond: 0,
    trust: {},
    version: 0
  }
}
