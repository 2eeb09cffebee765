// @ts-check
import { Continuity } from './continuity.js'
import { SnapshotRequests } from './snapshot-requests.js'

/** @typedef {import('./continuity.js').Update} Update */
/** @typedef {{ code: number, name: string, message: string, temporary: boolean }} Refusal */
/** @typedef {{ channel: string, ok: true, epoch: string, seq: number, quality: string, source: string }} Granted */
/** @typedef {Granted | { channel: string, ok: false, error: Refusal }} Answer */
/** @typedef {{ name: string, message: string, reconnectAfterMs?: number }} Notice */
/** @typedef {Error & { data?: Refusal }} ConnectError */

/**
 * News of one channel, or, without `channel`, of all channels of a producer.
 *
 * @typedef {object} Status
 * @property {string} [channel]
 * @property {string} source
 * @property {string} epoch
 * @property {string} quality
 * @property {string} cause
 * @property {number} since
 * @property {number} lastSeq
 */

/**
 * @typedef {object} Listener
 * @property {(update: Update) => void} onUpdate An update that continues its channel, or sets it.
 * @property {(emitTime: number) => void} onBatch After each batch of updates.
 * @property {(channel: string) => void} onGap Something is missing; the snapshot was asked for.
 * @property {(answer: Granted) => void} onGranted
 * @property {(messages: readonly string[]) => void} onRefused What may be granted later is asked for again.
 * @property {(status: Status) => void} onStatus
 * @property {(serverTime: number) => void} onHeartbeat
 * @property {(roundTripMs: number) => void} onRoundTrip
 * @property {(notice: Notice) => void} onNotice
 * @property {(state: 'connected' | 'reconnecting' | 'closed', reason: string) => void} onConnection
 */

const NAMESPACE = '/ws/rt_market'
/** Silence for longer means that the connection is dead, whatever TCP says, ms. */
const SILENCE_LIMIT_MS = 5_000
const MISSED_HEARTBEATS = 3
const RECONNECT_DELAY_MS = 500
const RECONNECT_DELAY_MAX_MS = 5_000
const RETRY_REFUSED_MS = 5_000
const ROUND_TRIP_INTERVAL_MS = 5_000

/** The stock Socket.IO client that the server itself serves, with the continuity rule in front of the listener. */
export class Connection {
  #patterns
  #listener
  #socket
  #continuity = new Continuity()
  #snapshots
  #silenceLimitMs = SILENCE_LIMIT_MS
  #heardMs = 0
  #pingedMs = 0

  /**
   * @param {readonly string[]} patterns
   * @param {Listener} listener
   */
  constructor(patterns, listener) {
    this.#patterns = patterns
    this.#listener = listener
    this.#socket = /** @type {any} */ (globalThis).io(NAMESPACE, {
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      reconnectionDelay: RECONNECT_DELAY_MS,
      reconnectionDelayMax: RECONNECT_DELAY_MAX_MS
    })
    this.#snapshots = new SnapshotRequests(this.#socket)
    this.#listen()
    setInterval(() => this.#ping(), ROUND_TRIP_INTERVAL_MS)
    setInterval(() => this.#checkSilence(), 1_000)
  }

  #listen() {
    const socket = this.#socket
    const listener = this.#listener
    socket.on('connect', () => this.#connected())
    socket.on('connect_error', (/** @type {ConnectError} */ error) => this.#connectFailed(error))
    socket.on('disconnect', (/** @type {string} */ reason) => this.#tellDown(socket.active, reason))
    socket.on('hello', (/** @type {{ heartbeatMs: number }} */ { heartbeatMs }) => {
      this.#silenceLimitMs = Math.max(SILENCE_LIMIT_MS, heartbeatMs * MISSED_HEARTBEATS)
    })
    socket.on('heartbeat', (/** @type {{ serverTime: number }} */ { serverTime }) => listener.onHeartbeat(serverTime))
    socket.on('message_back', () => listener.onRoundTrip(performance.now() - this.#pingedMs))
    socket.on('status', (/** @type {Status} */ status) => {
      if (status.channel !== undefined) this.#continuity.enter(status.channel, status.epoch, status.lastSeq)
      listener.onStatus(status)
    })
    socket.on('notice', (/** @type {Notice} */ notice) => this.#noticed(notice))
    socket.on('updates', (/** @type {Update[]} */ updates, /** @type {{ emitTime: number }} */ { emitTime }) => {
      this.#take(updates)
      listener.onBatch(emitTime)
    })
    socket.onAny(() => {
      this.#heardMs = performance.now()
    })
  }

  #connected() {
    this.#delayReconnect(RECONNECT_DELAY_MS)
    this.#continuity.reconnected()
    this.#snapshots.clear()
    this.#heardMs = performance.now()
    this.#listener.onConnection('connected', '')
    this.#subscribe(this.#patterns)
  }

  /** Socket.IO stays away from a server that refuses it: ours says when that is temporary. @param {ConnectError} error */
  #connectFailed(error) {
    const isComingBack = this.#socket.active || error.data?.temporary === true
    const delayMs = RECONNECT_DELAY_MAX_MS * (0.5 + Math.random())
    if (isComingBack && !this.#socket.active) setTimeout(() => this.#socket.connect(), delayMs)
    this.#tellDown(isComingBack, error.message)
  }

  /**
   * @param {boolean} isComingBack
   * @param {string} reason
   */
  #tellDown(isComingBack, reason) {
    this.#listener.onConnection(isComingBack ? 'reconnecting' : 'closed', reason)
  }

  /** A server that goes away says when it wants its clients back. @param {Notice} notice */
  #noticed(notice) {
    this.#listener.onNotice(notice)
    if (notice.reconnectAfterMs !== undefined) this.#delayReconnect(notice.reconnectAfterMs)
  }

  /** @param {number} delayMs */
  #delayReconnect(delayMs) {
    // Never 0, which would double to 0 from one try to the next.
    this.#socket.io.reconnectionDelay(Math.max(delayMs, RECONNECT_DELAY_MS))
    this.#socket.io.reconnectionDelayMax(Math.max(delayMs, RECONNECT_DELAY_MAX_MS))
  }

  /** @param {readonly string[]} channels */
  #subscribe(channels) {
    this.#socket.emit('subscribe', { channels }, (/** @type {{ channels?: Answer[], error?: Refusal }} */ reply) => {
      if (reply.error !== undefined) this.#listener.onRefused([reply.error.message])
      const refused = []
      for (const answer of reply.channels ?? []) {
        if (answer.ok) {
          this.#continuity.enter(answer.channel, answer.epoch, answer.seq)
          this.#listener.onGranted(answer)
        } else refused.push(answer)
      }
      if (refused.length > 0) this.#refused(refused)
    })
  }

  /** @param {readonly { channel: string, error: Refusal }[]} refused */
  #refused(refused) {
    this.#listener.onRefused(refused.map(({ error }) => error.message))
    const again = refused.filter(({ error }) => error.temporary).map(({ channel }) => channel)
    const socket = this.#socket
    const { id } = socket
    // Not on a later connection, which has asked for everything itself.
    if (again.length > 0) setTimeout(() => socket.id === id && this.#subscribe(again), RETRY_REFUSED_MS)
  }

  /** @param {readonly Update[]} updates */
  #take(updates) {
    for (const update of updates) {
      const verdict = this.#continuity.take(update)
      if (verdict === 'apply') this.#listener.onUpdate(update)
      if (verdict !== 'gap') continue
      this.#snapshots.add(update.channel)
      this.#listener.onGap(update.channel)
    }
  }

  #ping() {
    if (!this.#socket.connected) return
    this.#pingedMs = performance.now()
    this.#socket.emit('message', '')
  }

  /** Only a visible page may call the server silent: the timers of a hidden one are late, not its messages. */
  #checkSilence() {
    if (document.hidden || !this.#socket.connected) this.#heardMs = performance.now()
    else if (performance.now() - this.#heardMs > this.#silenceLimitMs) this.#socket.io.engine.close()
  }
}
