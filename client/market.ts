import type { Interval } from '../src/market/candle-interval.ts'
import { isReservedEvent } from '../src/protocol/plain-event.ts'
import type {
  Heartbeat,
  Hello,
  Notice,
  SourceStatus,
  Status,
  Update,
  UpdatesMeta
} from '../src/protocol/server-events.ts'
import { Connection, type ConnectionChange, type ConnectionState } from './connection.ts'
import { FeedHub } from './feed-hub.ts'
import { clockMs, LatencyMeter, type LatencyReport } from './latency-meter.ts'
import { Listeners, type Off } from './listeners.ts'
import type { LiveOptions } from './live/live.ts'
import { type BookOptions, LiveBook } from './live/live-book.ts'
import { type CandlesOptions, LiveCandles } from './live/live-candles.ts'
import { LiveChannel } from './live/live-channel.ts'
import { LiveQuote } from './live/live-quote.ts'
import { LiveTicker } from './live/live-ticker.ts'
import { LiveTrades, type TradesOptions } from './live/live-trades.ts'
import { Rest, type SymbolInfo } from './rest.ts'
import { type SubscribeOptions, Subscription } from './subscription.ts'
import { openSocketIo } from './wire/socket-io-wire.ts'
import { openWebSocket } from './wire/websocket-wire.ts'
import type { OpenWire } from './wire/wire.ts'

export interface ConnectOptions {
  /** Where the server is, e.g. `http://localhost:8080`; default: where the page came from. */
  readonly url?: string
  /** Default `socket.io`, which also gets through where WebSockets do not; `websocket` loads no further code. */
  readonly transport?: 'socket.io' | 'websocket'
  readonly token?: string
  /** Most updates a second of each channel of states, where nothing else is asked for; events come each. */
  readonly maxRateHz?: number
}

const WIRES: Readonly<Record<NonNullable<ConnectOptions['transport']>, OpenWire>> = {
  'socket.io': openSocketIo,
  websocket: openWebSocket
}

/** Connects to a tickcast server, and again whenever the connection is lost, until `close`. */
export function connect(options: ConnectOptions = {}): Market {
  return new Market(options)
}

/** A market as a server broadcasts it: one connection, and whatever is wanted of it, always right. */
export class Market {
  readonly #connection: Connection
  readonly #hub: FeedHub
  /** The server's REST side, e.g. `rest.get('/api/v1/tickers')`. */
  readonly rest: Rest
  readonly #meter = new LatencyMeter()
  readonly #defaults: LiveOptions
  readonly #changes = new Listeners<[change: ConnectionChange]>()
  readonly #notices = new Listeners<[notice: Notice]>()
  readonly #events = new Listeners<[name: string, args: readonly unknown[]]>()

  /** @param openWire another way to a server than its two doors. */
  constructor({ url, transport = 'socket.io', token, maxRateHz }: ConnectOptions, openWire = WIRES[transport]) {
    const address = { url: rootOf(url), token }
    this.#defaults = maxRateHz === undefined ? {} : { maxRateHz }
    this.rest = new Rest(address.url, token)
    this.#connection = new Connection(openWire, address, {
      onChange: (change) => this.#changed(change),
      onEvent: (name, args) => this.#heard(name, args)
    })
    this.#hub = new FeedHub((name, payload, take) => this.#connection.request(name, payload, take))
    this.#connection.open()
  }

  get state(): ConnectionState {
    return this.#connection.state
  }

  /** What the server said of itself; `undefined` until it did. */
  get hello(): Hello | undefined {
    return this.#connection.hello
  }

  onConnection(listener: (change: ConnectionChange) => void): Off {
    return this.#changes.add(listener)
  }

  /** Told what the server says before something happens to this client. */
  onNotice(listener: (notice: Notice) => void): Off {
    return this.#notices.add(listener)
  }

  /** Told every event as it came, before the SDK has made anything of it; also the plain events of producers. */
  onEvent(listener: (name: string, args: readonly unknown[]) => void): Off {
    return this.#events.add(listener)
  }

  /** Takes the plain events that producers publish as `{on: name, data}`. */
  on(name: string, listener: (data: unknown) => void): Off {
    return this.#events.add((heard, [data]) => {
      if (heard === name && !isReservedEvent(name)) listener(data)
    })
  }

  /** Takes the updates of a channel, or of all channels of a pattern such as `quote:SIM:*`. */
  subscribe(channel: string, handler?: (update: Update) => void, options: SubscribeOptions = {}): Subscription {
    return new Subscription(this.#hub, channel, handler, { ...this.#defaults, ...options })
  }

  /** The best bid and offer of `VENUE:SYMBOL`. */
  quote(symbol: string, options: LiveOptions = {}): LiveQuote {
    return new LiveQuote(this.#hub, symbol, { ...this.#defaults, ...options })
  }

  /** The 24-hour statistics. */
  ticker(symbol: string, options: LiveOptions = {}): LiveTicker {
    return new LiveTicker(this.#hub, symbol, { ...this.#defaults, ...options })
  }

  /** The newest trades. */
  trades(symbol: string, options: TradesOptions = {}): LiveTrades {
    return new LiveTrades(this.#hub, symbol, options)
  }

  /** The order book, whole or its best levels. */
  book(symbol: string, options: BookOptions = {}): LiveBook {
    return new LiveBook(this.#hub, symbol, { ...this.#defaults, ...options })
  }

  /** Candles of the past and of the present, joined without a seam. */
  candles(symbol: string, interval: Interval, options: CandlesOptions = {}): LiveCandles {
    return new LiveCandles(this.#hub, this.rest, symbol, interval, { ...this.#defaults, ...options })
  }

  /** The newest update of any channel. */
  channel(channel: string, options: LiveOptions = {}): LiveChannel {
    return new LiveChannel(this.#hub, channel, { ...this.#defaults, ...options })
  }

  /** The symbols there are. @throws MarketError when the server does not answer. */
  symbols(): Promise<SymbolInfo[]> {
    return this.rest.symbols()
  }

  /** Where the time went between the venue and here. */
  latency(): LatencyReport {
    return this.#meter.report()
  }

  /** Ends the connection for good. What was live keeps its last value, as `disconnected`. */
  close(): void {
    this.#connection.close()
  }

  #changed(change: ConnectionChange): void {
    if (change.state === 'connected') {
      this.#meter.clock.clear()
      this.#hub.onConnected()
    } else if (this.#connection.end === undefined) this.#hub.onDown(change.reason)
    else this.#hub.onEnded(this.#connection.end)
    this.#changes.tell(change)
  }

  #heard(name: string, args: readonly unknown[]): void {
    const nowMs = clockMs()
    const [first, second] = args
    this.#events.tell(name, args)
    if (name === 'updates') {
      this.#meter.note(first as readonly Update[], (second as UpdatesMeta).emitTime, nowMs)
      // The monotonic clock stands still while a machine sleeps; when something came is told by the wall clock.
      this.#hub.onUpdates(first as readonly Update[], Date.now())
    } else if (name === 'status') {
      this.#hub.onStatus(first as Status | SourceStatus)
    } else if (name === 'hello' || name === 'heartbeat') {
      this.#meter.clock.note((first as Hello | Heartbeat).serverTime, nowMs)
    } else if (name === 'notice') {
      this.#hub.onNotice(first as Notice)
      this.#notices.tell(first as Notice)
    }
  }
}

function rootOf(url: string | undefined): string {
  const root = url ?? (globalThis as { readonly location?: { readonly origin: string } }).location?.origin
  if (root === undefined) throw new TypeError('connect() needs a url outside a browser: http://localhost:8080')
  return root.replace(/^ws/, 'http').replace(/\/+$/, '')
}
