import { type Hello, type Notice, PROTOCOL_VERSION } from '../src/protocol/server-events.ts'
import { CLOSED, MarketError } from './market-error.ts'
import { reconnectDelayMs } from './reconnect-delay.ts'
import { SilenceWatch } from './silence-watch.ts'
import type { OpenWire, Wire, WireAddress, WireEnd, WireEvents } from './wire/wire.ts'

/** `down` comes back by itself, `closed` does not. */
export type ConnectionState = 'connecting' | 'connected' | 'down' | 'closed'

/** What happened to the connection. */
export type ConnectionChange =
  | { readonly state: 'connected' }
  | { readonly state: 'down' | 'closed'; readonly reason: string }

/** Takes the answer to a request; `undefined` when the connection ended before it came. */
export type TakeAnswer = (answer: unknown) => void

/** Who is told of everything, as it happens. */
export interface ConnectionListener {
  onChange(change: ConnectionChange): void
  onEvent(name: string, args: readonly unknown[]): void
}

/**
 * A door that has not opened by then does not open, ms: soon at first, since an attempt may be lost on a connection that
 * died with the one before; later, since the network may just be slow.
 */
const OPEN_TIMEOUT_MS = { first: 5_000, most: 20_000 } as const
/** Assumed until `hello` tells it. */
const HEARTBEAT_MS = 1_000
/** Codes from here on, below the next hundred: stay away. */
const FINAL_CODES = { from: 3_500, to: 3_599 } as const

/** A connection through either door that comes back whenever it is lost, unless it is told to stay away. */
export class Connection {
  readonly #openWire: OpenWire
  readonly #address: WireAddress
  readonly #listener: ConnectionListener
  readonly #requests = new Map<number, TakeAnswer>()
  readonly #silence = new SilenceWatch(() => this.#lost('nothing came for too long'))
  #wire: Wire | undefined
  /** Counts wires: what an earlier one still tells is not heard. */
  #life = 0
  #state: ConnectionState = 'connecting'
  #hello: Hello | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #requestCount = 0
  #failures = 0
  /** Which way the next attempt goes; what has worked is kept. */
  #isDetour = false
  #holdOffMs = 0
  /** Announced by the server: the end that follows is the last. */
  #lastNotice: Notice | undefined
  #end: MarketError | undefined

  constructor(openWire: OpenWire, address: WireAddress, listener: ConnectionListener) {
    this.#openWire = openWire
    this.#address = address
    this.#listener = listener
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** What the server said of itself on the present or the last connection. */
  get hello(): Hello | undefined {
    return this.#hello
  }

  /** Why the connection has ended for good; `undefined` until it has. */
  get end(): MarketError | undefined {
    return this.#end
  }

  open(): void {
    const life = ++this.#life
    const isPresent = () => life === this.#life
    const timeoutMs = Math.min(OPEN_TIMEOUT_MS.first * 2 ** Math.max(0, this.#failures - 1), OPEN_TIMEOUT_MS.most)
    this.#timer = setTimeout(() => this.#timedOut(timeoutMs), timeoutMs)
    const events: WireEvents = {
      onOpen: () => isPresent() && this.#opened(),
      onEvent: (name, args) => isPresent() && this.#heard(name, args),
      onAnswer: (id, answer) => isPresent() && this.#answered(id, answer),
      onEnd: (end) => isPresent() && this.#ended(end)
    }
    this.#wire = this.#openWire(this.#address, events, this.#isDetour)
  }

  /** Asks the server; while there is no connection the answer is `undefined`, at once. */
  request(name: string, payload: unknown, take: TakeAnswer): void {
    if (this.#state !== 'connected') {
      take(undefined)
      return
    }
    const id = ++this.#requestCount
    this.#requests.set(id, take)
    this.#wire?.request(name, payload, id)
  }

  /** Ends the connection for good. */
  close(): void {
    if (this.#state !== 'closed') this.#ended({ reason: 'closed by the client', isComingBack: false, ending: CLOSED })
  }

  #opened(): void {
    clearTimeout(this.#timer)
    this.#silence.start(HEARTBEAT_MS)
    this.#state = 'connected'
    this.#listener.onChange({ state: 'connected' })
  }

  #heard(name: string, args: readonly unknown[]): void {
    this.#silence.heard()
    if (name === 'hello') this.#greeted(args[0] as Hello)
    else if (name === 'notice') this.#noted(args[0] as Notice)
    this.#listener.onEvent(name, args)
  }

  #greeted(hello: Hello): void {
    this.#hello = hello
    this.#failures = 0
    this.#silence.start(hello.heartbeatMs)
    if (hello.protocol === PROTOCOL_VERSION) return
    const reason = `the server speaks protocol version ${hello.protocol}, this client ${PROTOCOL_VERSION}`
    this.#ended({ reason, isComingBack: false, ending: { code: 0, name: 'protocolVersion' } })
  }

  /** What the end that follows will mean, and when the server wants to see its clients again. */
  #noted(notice: Notice): void {
    const { code, reconnectAfterMs } = notice
    if (reconnectAfterMs !== undefined) this.#holdOffMs = reconnectAfterMs
    if (code >= FINAL_CODES.from && code <= FINAL_CODES.to) this.#lastNotice = notice
  }

  #answered(id: number, answer: unknown): void {
    this.#silence.heard()
    const take = this.#requests.get(id)
    this.#requests.delete(id)
    take?.(answer)
  }

  /** What swallows the first word of one way, without a refusal, will do so the next time, too. */
  #timedOut(timeoutMs: number): void {
    this.#isDetour = !this.#isDetour
    this.#lost(`no answer within ${timeoutMs / 1_000} s`)
  }

  #lost(reason: string): void {
    this.#ended({ reason, isComingBack: true })
  }

  #ended({ reason, isComingBack, ending }: WireEnd): void {
    this.#life += 1
    clearTimeout(this.#timer)
    this.#silence.stop()
    this.#wire?.close()
    this.#wire = undefined
    const notice = this.#lastNotice
    const isFinal = !isComingBack || notice !== undefined
    const present = { state: isFinal ? 'closed' : 'down', reason: notice?.message ?? reason } as const
    this.#state = present.state
    if (isFinal) this.#end = MarketError.final(present.reason, notice ?? ending)
    else this.#comeBack()
    const unanswered = [...this.#requests.values()]
    this.#requests.clear()
    for (const take of unanswered) take(undefined)
    this.#listener.onChange(present)
  }

  #comeBack(): void {
    const delayMs = Math.max(this.#holdOffMs, reconnectDelayMs(this.#failures, Math.random()))
    this.#holdOffMs = 0
    this.#failures += 1
    this.#timer = setTimeout(() => this.open(), delayMs)
  }
}
