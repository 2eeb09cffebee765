import { onTestFinished, vi } from 'vitest'
import type { ChannelState } from '../../../src/broadcast/channel-state.ts'
import { Clients } from '../../../src/gateway/clients.ts'
import { FanOut } from '../../../src/gateway/fan-out.ts'
import { Frame } from '../../../src/gateway/frame.ts'
import { HeartbeatTimes } from '../../../src/gateway/heartbeat-times.ts'
import { Interest } from '../../../src/gateway/interest.ts'
import { Lanes } from '../../../src/gateway/lanes.ts'
import type { Reply } from '../../../src/gateway/session.ts'
import { SlowClients, type SlowClientsOptions } from '../../../src/gateway/slow-clients.ts'
import { Subscriptions } from '../../../src/gateway/subscriptions.ts'
import type { SubscribeAnswer } from '../../../src/protocol/requests.ts'
import { batchOf, TestPlant, type Written } from '../../support/segments.ts'
import { FakeConnection } from './fake-connection.ts'

export type GatewaySettings = Partial<
  Pick<SlowClientsOptions, 'maxBacklogBytes' | 'maxClientKbps' | 'slowCloseMs'> & {
    maxChannels: number
    maxRequestBurst: number
    flushMs: number
    journalBytes: number
    firstSubscribeMs: number
  }
>

/** Time for which a channel on demand goes on without a subscriber, ms. */
export const IDLE_MS = 1_000

/** Flushes in which a subscription has to be answered. */
const MAX_FLUSHES = 100

/** The gateway with real parts and no sockets; its clock and timers stand still until they are moved. */
export class TestGateway {
  nowMs = 1_000_000
  wakes = 0
  readonly plant: TestPlant
  readonly lanes: Lanes
  readonly slowClients: SlowClients
  readonly fanOut: FanOut
  readonly subscriptions: Subscriptions
  readonly clients: Clients
  /** What producers were told of interest in their channels on demand. */
  readonly interests: { readonly source: string; readonly channels: readonly string[]; readonly isWanted: boolean }[] =
    []

  constructor(settings: GatewaySettings = {}) {
    const { maxChannels = 100, maxRequestBurst = 100, flushMs = 10, journalBytes = 1_000_000 } = settings
    const { firstSubscribeMs = 0 } = settings
    const { maxBacklogBytes = 100_000, maxClientKbps = 0, slowCloseMs = 30_000 } = settings
    const now = () => this.nowMs
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
    this.plant = new TestPlant({ journalBytes })
    const { catalog, counters, journal } = this.plant
    this.lanes = new Lanes(1_000 / flushMs)
    this.slowClients = new SlowClients({ counters, journal, maxBacklogBytes, maxClientKbps, slowCloseMs, now })
    const { lanes, slowClients } = this
    const wake = () => {
      this.wakes += 1
    }
    const heartbeat = () => Frame.ofEvent('heartbeat', { serverTime: 0, lagMs: 0 })
    const interest = new Interest({
      ...{ counters, now, idleMs: IDLE_MS, onHeld: () => undefined },
      onChange: (source, channels, isWanted) => this.interests.push({ source, channels, isWanted })
    })
    const beats = { heartbeat, heartbeatTimes: new HeartbeatTimes() }
    this.fanOut = new FanOut({ counters, journal, lanes, interest, slowClients, ...beats, wake, now })
    const { fanOut } = this
    this.subscriptions = new Subscriptions({ catalog, journal, fanOut, counters, lanes, maxChannels })
    const { subscriptions } = this
    this.clients = new Clients({
      ...{ catalog, fanOut, slowClients, lanes, subscriptions, interest, heartbeatMs: 1_000, maxConnections: 1_000 },
      ...{ ...beats, maxConnectionsPerAddress: 0, firstSubscribeMs },
      session: {
        ...{ catalog, subscriptions, counters, maxRequestsPerSecond: 100, maxRequestBurst, now },
        catalogSettled: () => Promise.resolve()
      }
    })
    this.clients.start()
    this.slowClients.start(this.fanOut)
  }

  /** Brings a client in that makes requests and is answered at the next flush. */
  connect(): { connection: FakeConnection; request: (name: string, payload?: unknown) => Promise<Reply>; end(): void } {
    const connection = new FakeConnection()
    const handle = this.clients.open(connection, '127.0.0.1')
    return {
      connection,
      request: (name, payload) =>
        new Promise((resolve, reject) => {
          handle.request(name, payload, resolve).catch(reject)
        }),
      end: () => handle.end()
    }
  }

  /** Subscribes a new client, and gives it after the flush that lets it in. */
  async subscribed(...channels: readonly unknown[]) {
    const client = this.connect()
    let isAnswered = false
    const answer = client.request('subscribe', { channels }).finally(() => {
      isAnswered = true
    })
    // On a busy machine a flush may leave changes to the next one, which the server asks for by itself.
    for (let flushes = 0; !isAnswered && flushes < MAX_FLUSHES; flushes++) await this.flush()
    return { ...client, answers: (await answer) as { channels: readonly SubscribeAnswer[] } }
  }

  /** Sends what waits in the queue, and lets `passMs` go by afterwards. */
  async flush(passMs = 10): Promise<void> {
    // Requests that were made before are in.
    await new Promise((resolve) => setImmediate(resolve))
    // On a busy machine not all changes are made in one flush; the gateway asks for another one then.
    for (let [flushes, wakes] = [0, -1]; flushes < MAX_FLUSHES && wakes < this.wakes; flushes++) {
      wakes = this.wakes
      await new Promise<void>((resolve) => this.fanOut.publish(this.plant.queue.drain(), resolve))
    }
    this.pass(passMs)
  }

  /** Lets time go by, timers included. */
  pass(ms: number): void {
    this.nowMs += ms
    vi.advanceTimersByTime(ms)
  }

  /** Lets time go by for a server that looks at its clients meanwhile. */
  wait(ms: number): void {
    for (let passed = 0; passed < ms; passed += 10) this.pass(10)
  }

  /** A producer with these channels, which publishes by place of the channel. */
  produce(source: string, epoch: string, ...names: readonly string[]) {
    const life = this.plant.begin(source, epoch, ...names)
    const seqs = names.map(() => 0)
    return {
      life,
      states: names.map((name): ChannelState => this.plant.channel(name)),
      /** Publishes one message on each of these channels. */
      publish: (...places: readonly number[]) => {
        const messages = places.map((channel): Written => {
          seqs[channel] = (seqs[channel] ?? 0) + 1
          return { channel, name: names[channel] ?? '', seq: seqs[channel] ?? 0 }
        })
        this.plant.tickerplant.accept(life, batchOf(messages))
      }
    }
  }
}
