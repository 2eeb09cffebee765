import type { AddressInfo } from 'node:net'
import { bannerText } from './app/banner.ts'
import { openHistory } from './app/history.ts'
import { createMarketView } from './app/market-view-of.ts'
import { createMetrics } from './app/metrics-of.ts'
import { createOpsDesk } from './app/operators.ts'
import { Producers } from './app/producers.ts'
import { webRoot } from './app/web-root.ts'
import { Catalog } from './broadcast/catalog.ts'
import { Emitter } from './broadcast/emitter.ts'
import { FlushInterval } from './broadcast/flush-interval.ts'
import { Journal } from './broadcast/journal.ts'
import { BoundedQueue } from './broadcast/queue.ts'
import { Tickerplant } from './broadcast/tickerplant.ts'
import { calendarRules } from './config/calendar-rules.ts'
import { producerSpecs, requiredProducers } from './config/producer-specs.ts'
import type { Settings } from './config/settings.ts'
import { Clients } from './gateway/clients.ts'
import { FanOut } from './gateway/fan-out.ts'
import { Frame } from './gateway/frame.ts'
import { HeartbeatTimes } from './gateway/heartbeat-times.ts'
import { Interest } from './gateway/interest.ts'
import { Lanes } from './gateway/lanes.ts'
import { NativeDoor } from './gateway/native-door.ts'
import { OpsDoor } from './gateway/ops-door.ts'
import { SlowClients } from './gateway/slow-clients.ts'
import { SocketIoDoor } from './gateway/socket-io-door.ts'
import { Subscriptions } from './gateway/subscriptions.ts'
import { createHistoryView } from './http/history-view.ts'
import { createHttpServer } from './http/http-server.ts'
import type { JobTable } from './http/jobs.ts'
import { CreditDesk } from './ingest/credit-desk.ts'
import { calendarFinder } from './protocol/calendar-rule.ts'
import { OPS_NAMESPACE } from './protocol/ops-events.ts'
import { type Heartbeat, type Hello, PROTOCOL_VERSION } from './protocol/server-events.ts'
import { readBuildInfo } from './telemetry/build-info.ts'
import { createCounters } from './telemetry/counters.ts'
import { createLogger } from './telemetry/logger.ts'
import { LoopDelay, utilization } from './telemetry/loop-delay.ts'
import { Pulse } from './telemetry/pulse.ts'
import { JobsPool } from './threads/jobs-pool.ts'

/** Most channels of all producers together. */
const MAX_CHANNELS = 200_000
/** Longest time for which one slow client may hold up a recording played at full speed, ms. */
const REPLAY_PATIENCE_MS = 5_000
/** Heap of a thread that runs jobs, MiB; an answer of the largest range takes a tenth of it. */
const MAX_JOB_HEAP_MB = 256

/** The running server. */
export interface App {
  /** Where a browser finds it, e.g. `http://127.0.0.1:8080`. */
  readonly url: string
  readonly address: { readonly host: string; readonly port: number }
  /** What runs where, for people. */
  banner(): string
  /** Stops in order; resolves when nothing is left running. May be called twice. */
  stop(reason: string): Promise<void>
}

/**
 * Builds the parts, joins them, and starts them in order.
 *
 * @throws ConfigError when a feed or a required producer is wrong; HistoryError when the file of history cannot be used;
 * the error of `listen` when the port is taken.
 */
export async function startApp(settings: Settings): Promise<App> {
  const specs = producerSpecs(settings)
  const required = requiredProducers(settings.required, specs)
  const build = readBuildInfo()
  const counters = createCounters()
  const onDropped = () => {
    counters.logLinesDropped += 1
  }
  const log = createLogger({ ...settings, onDropped })
  const { every } = new Pulse()
  const loopDelay = new LoopDelay(every)
  const now = () => performance.now()
  const calendarOf = calendarFinder(calendarRules(settings.calendars))
  // First of all, since it may refuse its file.
  const history = await openHistory(settings, { counters, log, now })
  // Before all that shares its pulse, so that it sees how late that is and not what it does.
  loopDelay.start()

  const catalog = new Catalog(MAX_CHANNELS)
  const journal = new Journal(settings.recoveryMb * 1024 * 1024)
  const queue = new BoundedQueue(settings.queue, counters)
  const slowClients = new SlowClients({ ...settings, counters, journal, now })
  const wake = () => emitter.wake()
  const lanes = new Lanes(1_000 / settings.flushMs)
  const heartbeat = () => {
    const beat: Heartbeat = { serverTime: Date.now(), lagMs: Math.round(loopDelay.lastSecond().p99) }
    return Frame.ofEvent('heartbeat', beat)
  }
  const interest = new Interest({
    ...{ counters, now, idleMs: settings.depthIdleMs },
    onHeld: (source) => producers.onHeld(source),
    onChange: (source, channels, isWanted) => producers.setInterest(source, channels, isWanted)
  })
  const heartbeatTimes = new HeartbeatTimes()
  const beats = { heartbeat, heartbeatTimes }
  const fanOut = new FanOut({ counters, journal, lanes, interest, slowClients, ...beats, wake, now })
  // A recording waits for history, too: what history cannot take in time would be a hole for ever.
  const isCongested = () => fanOut.isCongested || history?.client.isCongested === true
  const isDrained = () => queue.size === 0
  const creditDesk = new CreditDesk({ isCongested, isDrained, patienceMs: REPLAY_PATIENCE_MS, now })
  const onFlushNear = () => creditDesk.callIn()
  const onDrained = () => creditDesk.grantAll()
  const { flushMs: minMs, flushMaxMs: maxMs } = settings
  const interval = new FlushInterval({ minMs, maxMs, load: utilization(), written: counters })
  const emitter = new Emitter({ queue, gateway: fanOut, interval, counters, onFlushNear, onDrained, now })
  const tickerplant = new Tickerplant(catalog, journal, queue, counters, wake)
  const producers = new Producers({
    ...{ specs, settings, tickerplant, catalog, creditDesk, counters, log, now, every },
    history: history?.client
  })

  const subscriptions = new Subscriptions({
    catalog,
    journal,
    fanOut,
    counters,
    lanes,
    maxChannels: settings.maxChannelsPerClient
  })
  const catalogSettled = () => producers.opened
  const clients = new Clients({
    ...settings,
    catalog,
    fanOut,
    slowClients,
    lanes,
    subscriptions,
    interest,
    session: { ...settings, catalog, subscriptions, counters, catalogSettled, now },
    ...{ ...beats, every }
  })
  const life = { isStarted: false, isStopping: false }
  const view = createMarketView({ catalog, fanOut, lanes, queue, producers, counters, loopDelay, required, life })
  const jobs = new JobsPool<JobTable>({
    maxThreads: settings.jobThreads,
    maxWaiting: settings.jobQueue,
    timeoutMs: settings.jobTimeoutMs,
    maxHeapMb: MAX_JOB_HEAP_MB,
    counters,
    onError: (error) => log.error(error, 'a thread of the jobs failed')
  })
  const metrics = createMetrics({
    ...{ view, catalog, fanOut, queue, journal, interval, emitter, loopDelay, jobs, counters, build },
    history: history?.client
  })
  const http = await createHttpServer({
    view,
    jobs,
    ...(history && { history: createHistoryView({ client: history.client, calendarOf, now: Date.now }) }),
    metrics: () => metrics.page(),
    log,
    build,
    corsOrigin: settings.corsOrigin,
    webRoot: webRoot()
  })
  const hello = (sessionId: string): Hello => ({
    protocol: PROTOCOL_VERSION,
    sessionId,
    serverTime: Date.now(),
    heartbeatMs: settings.heartbeatMs,
    limits: { ...limitsOf(settings) },
    build: { name: build.name, version: build.version }
  })
  const doorOptions = { ...settings, clients, hello, every }
  const socketIoDoor = new SocketIoDoor(http.server, doorOptions)
  const doors = [socketIoDoor, new NativeDoor(http.server, doorOptions)]
  const opsDesk = createOpsDesk({
    ...{ ...settings, view, catalog, lanes, fanOut, queue, journal, interval, emitter, producers },
    ...{ counters, loopDelay, build, log, now, every }
  })
  const opsDoor = new OpsDoor(socketIoDoor.namespace(OPS_NAMESPACE), opsDesk)

  // The order of life: what is started first is stopped last; history and the watch over the event loop were before.
  slowClients.start(fanOut)
  clients.start()
  opsDesk.start()
  try {
    await http.listen({ host: settings.host, port: settings.port })
  } catch (error) {
    loopDelay.stop()
    await history?.client.stop()
    throw error
  }
  producers.start()
  life.isStarted = true

  const stop = async (reason: string) => {
    log.info(`stops: ${reason}`)
    life.isStopping = true
    await producers.stop()
    await emitter.stop()
    creditDesk.stop()
    fanOut.stop()
    clients.stop()
    interest.stop()
    slowClients.stop()
    opsDesk.stop()
    opsDoor.stop(settings.reconnectAfterMs)
    await Promise.all(doors.map((door) => door.stop()))
    await http.close()
    await jobs.stop()
    await history?.client.stop()
    loopDelay.stop()
    // Here and not at the exit of the process: there a log whose reader is gone would be written to again and again.
    await new Promise<void>((resolve) => log.flush(() => resolve()))
  }
  const { address: host, port } = http.server.address() as AddressInfo
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  let stopped: Promise<void> | undefined
  return {
    url,
    address: { host, port },
    banner: () => bannerText({ url, specs, settings, build, historyFile: history?.file }),
    stop: (reason) => {
      stopped ??= stop(reason)
      return stopped
    }
  }
}

function limitsOf(settings: Settings): Hello['limits'] {
  return {
    maxChannels: settings.maxChannelsPerClient,
    maxConnectionsPerAddress: settings.maxConnectionsPerAddress,
    firstSubscribeMs: settings.firstSubscribeMs,
    maxRequestsPerSecond: settings.maxRequestsPerSecond,
    maxRequestBurst: settings.maxRequestBurst,
    maxMessageBytes: settings.maxMessageBytes,
    maxBacklogBytes: settings.maxBacklogBytes,
    maxClientKbps: settings.maxClientKbps,
    slowCloseMs: settings.slowCloseMs
  }
}
