import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Socket, Server as SocketServer } from 'socket.io'
import { isPattern, patternMatcher } from '../../src/protocol/channel.ts'
import { type CodedError, codedError } from '../../src/protocol/codes.ts'
import type { DetailedWish, SubscribeAnswer, SubscriptionWish } from '../../src/protocol/requests.ts'
import { NAMESPACE, PROTOCOL_VERSION, type Status, type Update } from '../../src/protocol/server-events.ts'

interface Held {
  epoch: string
  seq: number
  last: Update | undefined
  /** Every update of the epoch. */
  all: Update[]
}

/** How a published message leaves the server. */
interface SendOptions {
  /** Numbered and remembered, but not sent: what a client sees is a hole. */
  readonly isLost?: boolean
  /** Stands for everything since this sequence number. */
  readonly prev?: number
}

/**
 * The smallest server that speaks the protocol, for tests of those who listen to it.
 *
 * It knows no threads, queues or limits: it numbers what it is told to publish and sends it at once.
 */
export class ProtocolServer {
  /** Channels asked for by `snapshot`, in order. */
  readonly snapshotRequests: string[] = []
  /** Names in each `subscribe` and `unsubscribe`, in order. */
  readonly subscribeRequests: (readonly string[])[] = []
  readonly unsubscribeRequests: (readonly string[])[] = []
  /** What the producers of `/ready` say about themselves. */
  producers: readonly { readonly name: string; readonly origin: string }[] = [{ name: 'test', origin: 'synthetic' }]
  /** Answers of the REST side, by path: without one it is not found, with one that throws it is busy. */
  readonly routes = new Map<string, (query: URLSearchParams) => unknown>()
  /** What new connections are refused with. */
  refusal: CodedError | undefined
  readonly http: HttpServer
  readonly #io: SocketServer
  readonly #held = new Map<string, Held>()
  readonly #wishes: DetailedWish[] = []
  #epochCount = 1

  constructor() {
    this.routes.set('/ready', () => ({ ready: true, producers: this.producers }))
    this.http = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
      const { status, body } = this.#answer(pathname, searchParams)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    })
    this.#io = new SocketServer(this.http)
    this.#io.of(NAMESPACE).use((_, next) => {
      next(this.refusal && Object.assign(new Error(this.refusal.message), { data: this.refusal }))
    })
    this.#io.of(NAMESPACE).on('connection', (socket) => this.#welcome(socket))
  }

  /** Listens on `port`, or on any free one. */
  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.http.listen(port, '127.0.0.1', resolve))
    return this
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get clientCount(): number {
    return this.#io.of(NAMESPACE).sockets.size
  }

  /** The rates that were asked for on a channel, in order. */
  ratesOf(channel: string): (number | undefined)[] {
    return this.#wishesFor(channel).map(({ maxRateHz }) => maxRateHz)
  }

  /** Where clients said that they were on a channel, in order. */
  resumesOf(channel: string): DetailedWish['resume'][] {
    return this.#wishesFor(channel).map(({ resume }) => resume)
  }

  /** Makes a channel known before its first message. */
  declare(channel: string): void {
    this.#heldOf(channel)
  }

  /** Numbers `data` as the next message of `channel` and sends it to whoever holds the channel. */
  publish(channel: string, data: unknown, { isLost = false, prev }: SendOptions = {}): Update {
    const held = this.#heldOf(channel)
    held.seq += 1
    const now = Date.now()
    const update = {
      channel,
      seq: held.seq,
      ...(prev === undefined ? {} : { prev }),
      // The first message in an epoch makes the picture whole.
      ...(held.seq === 1 && { type: 'snapshot' as const, epoch: held.epoch }),
      exchangeTime: now,
      ingestTime: now,
      data
    }
    held.last = update
    held.all.push(update)
    if (!isLost) this.#io.of(NAMESPACE).to(channel).emit('updates', [update], { emitTime: now })
    return update
  }

  /** Where a channel is. */
  positionOf(channel: string): { readonly epoch: string; readonly seq: number } {
    const { epoch, seq } = this.#heldOf(channel)
    return { epoch, seq }
  }

  /** Sends any event to every client. */
  emit(event: string, data: unknown): void {
    this.#io.of(NAMESPACE).emit(event, data)
  }

  /** Says how far `channel` can be trusted. */
  tellStatus(channel: string, quality: Status['quality'], cause: Status['cause']): void {
    const { epoch, seq } = this.#heldOf(channel)
    const since = Date.now()
    const status: Status = { channel, source: 'test', epoch, quality, cause, since, lastSeq: seq }
    this.#io.of(NAMESPACE).to(channel).emit('status', status)
  }

  /** Gives every channel a new owner: numbers start again, the values of the old one are gone. */
  beginEpoch(): void {
    this.#epochCount += 1
    for (const held of this.#held.values())
      Object.assign(held, { epoch: this.#epoch, seq: 0, last: undefined, all: [] })
  }

  /** Cuts every connection below Socket.IO, as a lost network does: clients come back. */
  cut(): void {
    for (const socket of this.#io.of(NAMESPACE).sockets.values()) socket.conn.close(true)
  }

  async stop(): Promise<void> {
    await this.#io.close()
  }

  #answer(path: string, query: URLSearchParams): { readonly status: number; readonly body: unknown } {
    try {
      const body = this.routes.get(path)?.(query)
      return body === undefined ? { status: 404, body: {} } : { status: 200, body }
    } catch (error) {
      return { status: 503, body: { code: 'busy', detail: String(error) } }
    }
  }

  #wishesFor(name: string): DetailedWish[] {
    return this.#wishes.filter(({ channel }) => channel === name)
  }

  get #epoch(): string {
    return `epoch-${this.#epochCount}`
  }

  #heldOf(channel: string): Held {
    const held = this.#held.get(channel) ?? { epoch: this.#epoch, seq: 0, last: undefined, all: [] }
    this.#held.set(channel, held)
    return held
  }

  #welcome(socket: Socket): void {
    socket.emit('hello', {
      protocol: PROTOCOL_VERSION,
      sessionId: socket.id,
      serverTime: Date.now(),
      heartbeatMs: 1_000
    })
    const heartbeat = setInterval(() => socket.emit('heartbeat', { serverTime: Date.now(), lagMs: 0 }), 1_000)
    socket.on('disconnect', () => clearInterval(heartbeat))
    socket.on('message', () => socket.emit('message_back', { result: 'OK' }))
    socket.on(
      'subscribe',
      ({ channels }: { channels: readonly SubscriptionWish[] }, answer: (reply: unknown) => void) => {
        const wishes = channels.map((wish) => (typeof wish === 'string' ? { channel: wish } : wish))
        this.#wishes.push(...wishes)
        this.subscribeRequests.push(wishes.map(({ channel }) => channel))
        const resumes = new Map(wishes.map(({ channel, resume }) => [channel, resume]))
        const names = [...new Set(wishes.flatMap(({ channel }) => this.#expand(channel)))]
        answer({ channels: names.map((name) => this.#subscribe(socket, name, resumes.get(name))) })
        for (const name of names) {
          if (this.#isProven(name, resumes.get(name))) this.#sendMissed(socket, name, resumes.get(name)?.seq ?? 0)
          else this.#sendSnapshot(socket, name)
        }
      }
    )
    socket.on('unsubscribe', ({ channels }: { channels: readonly string[] }, answer: (reply: unknown) => void) => {
      this.unsubscribeRequests.push(channels)
      const names = channels.flatMap((name) => this.#expand(name))
      for (const name of names) socket.leave(name)
      answer({ channels: names.map((channel) => ({ channel, ok: true })) })
    })
    socket.on('snapshot', ({ channel }: { channel: string }, answer: (reply: unknown) => void) => {
      this.snapshotRequests.push(channel)
      answer({ ok: true, channel, epoch: this.#heldOf(channel).epoch, seq: this.#heldOf(channel).seq })
      this.#sendSnapshot(socket, channel)
    })
  }

  #expand(name: string): readonly string[] {
    if (!isPattern(name)) return [name]
    const found = [...this.#held.keys()].filter(patternMatcher(name))
    return found.length === 0 ? [name] : found
  }

  #subscribe(socket: Socket, channel: string, resume: DetailedWish['resume']): SubscribeAnswer {
    const held = this.#held.get(channel)
    const error = codedError('unknownChannel', `No producer publishes ${channel}`)
    if (held === undefined) return { channel, ok: false, error }
    socket.join(channel)
    const { epoch, seq } = held
    const granted = { maxRateHz: 100 }
    return {
      channel,
      ok: true,
      epoch,
      seq,
      quality: 'live',
      source: 'test',
      recovered: this.#isProven(channel, resume),
      granted
    }
  }

  #isProven(channel: string, resume: DetailedWish['resume']): boolean {
    return resume !== undefined && resume.epoch === this.#held.get(channel)?.epoch
  }

  /** Of candles all that was missed; of every other state the newest, which stands for all before. */
  #sendMissed(socket: Socket, channel: string, prev: number): void {
    const { last, all } = this.#heldOf(channel)
    const missed = channel.startsWith('candle:') ? all.slice(prev) : []
    if (last !== undefined && last.seq > prev && missed.length === 0) missed.push({ ...last, prev })
    if (missed.length > 0) socket.emit('updates', missed, { emitTime: Date.now() })
  }

  #sendSnapshot(socket: Socket, channel: string): void {
    const held = this.#held.get(channel)
    if (held?.last === undefined) return
    const { seq, exchangeTime, ingestTime, data } = held.last
    const snapshot = { channel, seq, type: 'snapshot', epoch: held.epoch, exchangeTime, ingestTime, data }
    socket.emit('updates', [snapshot], { emitTime: Date.now() })
  }
}
