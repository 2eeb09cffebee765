/** What is a contender under test? Its server in one process, its clients in others, and the windows between. */
import { join } from 'node:path'
import type { Arrivals, Choice, Connected, Joined, LoadApi, Subscribed } from '../load/load-api.ts'
import { countOf } from '../producers/plan.ts'
import type { Memory, Order, ServerApi, Usage } from '../servers/server-api.ts'
import { Child } from './child.ts'
import { type Contender, SERVERS } from './contenders.ts'
import { coresFor } from './cores.ts'
import { merged } from './observed.ts'
import type { BenchOptions } from './options.ts'
import { type Window, windowOf } from './window.ts'

export interface StandOptions {
  readonly contender: Contender
  readonly kind?: 'trade' | 'quote'
  readonly channels: number
  /** What each payload is made longer by, bytes. */
  readonly padBytes?: number
  readonly clients: number
  readonly joiners?: number
  readonly settings?: Readonly<Record<string, string>>
  readonly bench: BenchOptions
}

/** Plain events that were sent and came. */
export interface PlainWindow extends Arrivals {
  readonly sent: number
  readonly producerLateMs: number
}

export interface RunOptions {
  /** Wait for the clients that are stalled or joined, too. */
  readonly isForAll?: boolean
  /** What the clients saw in the window before counts, too. */
  readonly continues?: boolean
  /** Longest wait for what is still under way when the producers are done, ms. */
  readonly drainMs?: number
}

/** What `npm start` gives Node.js. */
const START_FLAGS = ['--max-semi-space-size=8']
/** Connections under way at once in each load process. */
const CONNECTS_AT_ONCE = 64
/** How long that wait is unless it is said otherwise, ms. */
const DRAIN_MS = 60_000
/** Wait for the last plain events, ms. */
const PLAIN_DRAIN_MS = 300

/** A started server with its clients. */
export class Stand {
  readonly options: StandOptions
  readonly #server: Child<ServerApi>
  readonly #loads: readonly Child<LoadApi>[]
  /** Of those who join: in a process that has nothing else to do, so that it is the server they wait for. */
  readonly #joiners: Child<LoadApi> | undefined
  /** Messages of each channel so far. */
  readonly #finals: number[]
  #port = 0
  #subscribed: Subscribed = { subscriptions: 0, sets: [] }

  constructor(options: StandOptions) {
    const { contender, bench, joiners = 0 } = options
    this.options = options
    this.#finals = Array.from({ length: options.channels }, () => 0)
    this.#server = new Child({
      name: `server ${contender.name}`,
      file: SERVERS[contender.server],
      nodeFlags: ['--expose-gc', ...(contender.server === 'tickcast' ? START_FLAGS : [])],
      ...coresFor('servers', bench)
    })
    const load = () =>
      new Child<LoadApi>({
        name: `clients of ${contender.name}`,
        file: import.meta.resolve('../load/load.process.ts'),
        ...coresFor('clients', bench)
      })
    this.#loads = Array.from({ length: bench.loadProcesses }, load)
    this.#joiners = joiners > 0 ? load() : undefined
  }

  get port(): number {
    return this.#port
  }

  get subscribed(): Subscribed {
    return this.#subscribed
  }

  /** Starts the server, and lets its clients in. */
  async start(): Promise<void> {
    await this.startServer()
    await this.connect(this.options.clients)
  }

  async startServer(): Promise<void> {
    const { contender, kind = 'trade', channels, padBytes = 0, settings } = this.options
    const mode = contender.mode === undefined ? {} : { mode: contender.mode }
    const started = await this.#server.ask('start', {
      kind,
      channels,
      padBytes,
      ...mode,
      ...(settings && { settings })
    })
    this.#port = started.port
    const { clients, joiners = 0 } = this.options
    const shares = this.#shares(clients)
    const common = { door: contender.door, port: this.#port, kind, atOnce: CONNECTS_AT_ONCE }
    await this.#each((load, n) => {
      const firstClient = shares.slice(0, n).reduce((sum, share) => sum + share, 0)
      return load.ask('open', { ...common, capacity: shares[n] ?? 0, firstClient })
    })
    await this.#joiners?.ask('open', { ...common, capacity: joiners, firstClient: clients })
  }

  /** Lets further clients in; resolves when all are. */
  async connect(clients: number): Promise<Connected> {
    const shares = this.#shares(clients)
    const results = await this.#each((load, n) => load.ask('connect', shares[n] ?? 0))
    return {
      elapsedMs: Math.max(...results.map(({ elapsedMs }) => elapsedMs)),
      cpuMicros: Math.max(...results.map(({ cpuMicros }) => cpuMicros))
    }
  }

  async remarks(): Promise<readonly string[]> {
    return (await this.#each((load) => load.ask('remarks'))).flat()
  }

  async subscribe(choice: Choice): Promise<void> {
    const finals = this.#finals
    const results = await this.#each((load) => load.ask('subscribe', { ...choice, finals }))
    this.#subscribed = {
      subscriptions: results.reduce((sum, { subscriptions }) => sum + subscriptions, 0),
      sets: [...new Set(results.flatMap(({ sets }) => sets))]
    }
  }

  /** Has the producers send, and waits until all of it has come; `meanwhile` runs at the same time. */
  async run(
    order: Order,
    meanwhile: () => Promise<void> = async () => undefined,
    { isForAll = false, continues = false, drainMs = DRAIN_MS }: RunOptions = {}
  ): Promise<Window> {
    if (!continues) await this.#all((load) => load.ask('begin'))
    const { profileFolder } = this.options.bench
    if (profileFolder !== undefined) await this.#server.ask('startProfile')
    const before = await this.usage()
    const [produced] = await Promise.all([this.#server.ask('produce', order), meanwhile()])
    const [{ messages } = { messages: 0 }] = produced
    for (let channel = 0; channel < order.channels; channel++) {
      this.#finals[channel] = (this.#finals[channel] ?? 0) + countOf(messages, order.channels, channel)
    }
    const finals = this.#finals
    const observed = merged(await this.#all((load) => load.ask('finish', { finals, timeoutMs: drainMs, isForAll })))
    const after = await this.usage()
    if (profileFolder !== undefined) await this.#server.ask('stopProfile', this.#profilePath(profileFolder))
    return windowOf(before, after, observed, Math.max(...produced.map(({ lateMs }) => lateMs)))
  }

  /** @returns beside the result of `run`, how late the event loop was at each of many samples meanwhile, ms. */
  async delaysDuring<Result>(run: () => Promise<Result>): Promise<readonly [Result, Float64Array]> {
    await this.#server.ask('startDelays')
    const result = await run()
    return [result, await this.#server.ask('stopDelays')]
  }

  usage(): Promise<Usage> {
    return this.#server.ask('usage')
  }

  memory(): Promise<Memory> {
    return this.#server.ask('memory')
  }

  /** Stalls every n-th client; gives their number. */
  async stall(every: number): Promise<number> {
    const counts = await this.#each((load) => load.ask('stall', every))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  async release(): Promise<void> {
    await this.#each((load) => load.ask('release'))
  }

  /** Lets the joiners in. @returns when each of them had its first update. */
  async join(choice: Choice, timeoutMs: number): Promise<Joined> {
    const { joiners = 0 } = this.options
    return (await this.#joiners?.ask('join', { ...choice, clients: joiners, timeoutMs })) ?? { firstMs: [] }
  }

  /** Has producers of plain events send; gives what came. */
  async runPlain(order: Order): Promise<PlainWindow> {
    await this.#each((load) => load.ask('begin'))
    const produced = await this.#server.ask('produce', order)
    await new Promise((resolve) => setTimeout(resolve, PLAIN_DRAIN_MS))
    const parts = await this.#each((load) => load.ask('arrivals'))
    return {
      times: parts[0]?.times ?? {},
      count: parts.reduce((sum, { count }) => sum + count, 0),
      bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
      sent: produced.reduce((sum, { messages }) => sum + messages, 0),
      producerLateMs: Math.max(...produced.map(({ lateMs }) => lateMs))
    }
  }

  async end(): Promise<void> {
    await this.#all((load) => load.end())
    await this.#server.end()
  }

  #profilePath(folder: string): string {
    return join(folder, this.options.contender.name.replaceAll(/[^a-z]+/g, '-'), `${performance.now().toFixed()}.json`)
  }

  #shares(clients: number): number[] {
    const { length } = this.#loads
    return this.#loads.map((_, n) => Math.floor(clients / length) + (n < clients % length ? 1 : 0))
  }

  /** Asks those who join, too. */
  #all<Result>(ask: (load: Child<LoadApi>) => Promise<Result>): Promise<Result[]> {
    return Promise.all([...this.#loads, ...(this.#joiners === undefined ? [] : [this.#joiners])].map(ask))
  }

  #each<Result>(ask: (load: Child<LoadApi>, n: number) => Promise<Result>): Promise<Result[]> {
    return Promise.all(this.#loads.map(ask))
  }
}
