/** What does the same work cost with Socket.IO as it comes: a room per channel, one emit per update? */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { type Namespace, Server, type Socket } from 'socket.io'
import type { PlainMessage } from '../../src/index.ts'
import { answer } from '../harness/answering.ts'
import { CHANNELS_VARIABLE } from '../producers/plan.ts'
import { PRODUCER_FILES, type ProducerName } from '../producers/producer-files.ts'
import { ArticleEmitter } from './article-emitter.ts'
import { startDelays, stopDelays } from './loop-delays.ts'
import { ProducerBus } from './producer-bus.ts'
import type { Crossing, PlainUpdate, ProducerThreadData } from './producer-thread.worker.ts'
import { startProfile, stopProfile } from './profiling.ts'
import type { Order, ServerApi, StartOptions } from './server-api.ts'
import { memory, usage } from './usage.ts'

const NAMESPACE = '/ws/rt_market'

type Emit = (namespace: Namespace) => (message: unknown) => void

interface Mode {
  readonly producers: readonly ProducerName[]
  readonly crossing: Crossing
  readonly emit: Emit
}

/** Emits each update to the room of its channel. */
const toRooms: Emit = (namespace) => (message) => {
  for (const update of (Array.isArray(message) ? message : [message]) as readonly PlainUpdate[]) {
    namespace.to(update.channel).emit('update', update)
  }
}
const toAll: Emit = (namespace) => (message) => {
  const { on, data } = message as PlainMessage
  namespace.emit(on, data)
}
const FOUR_PLAIN = ['plain', 'plain', 'plain', 'plain'] as const

const MODES: Readonly<Record<string, Mode>> = {
  /** Updates come as one array a tick: the cheap way to cross the port. */
  updates: { producers: ['scheduled'], crossing: 'array', emit: toRooms },
  /** Updates come as one object each: the plain way. */
  objects: { producers: ['scheduled'], crossing: 'object', emit: toRooms },
  /** The article's cure, with its producers: a queue, and one message per wake-up. */
  'article-plain': { producers: FOUR_PLAIN, crossing: 'object', emit: (namespace) => queued(toAll(namespace)) },
  /** The same for updates. */
  article: { producers: ['scheduled'], crossing: 'object', emit: (namespace) => queued(toRooms(namespace)) },
  /** What the article began with: emits straight from where messages come in. */
  'direct-plain': { producers: FOUR_PLAIN, crossing: 'object', emit: toAll }
}

let bus: ProducerBus | undefined

const api: ServerApi = {
  async start({ kind, channels, padBytes = 0, mode: name = 'updates' }: StartOptions) {
    const mode = MODES[name]
    if (mode === undefined) throw new Error(`mode: expected ${Object.keys(MODES).join(' or ')}; found ${name}`)
    process.env[CHANNELS_VARIABLE] = `${kind}:${channels}:${padBytes}`
    const http = createServer(rest)
    const io = new Server(http, { perMessageDeflate: false, httpCompression: false, serveClient: false })
    const namespace = io.of(NAMESPACE)
    namespace.on('connection', welcome)
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    bus = new ProducerBus(mode.producers.length)
    const emit = mode.emit(namespace)
    for (const producer of mode.producers) startThread(producer, mode.crossing, emit)
    await bus.ready()
    return { port: (http.address() as AddressInfo).port }
  },
  usage,
  memory,
  startDelays,
  stopDelays,
  startProfile,
  stopProfile,
  async produce(order: Order) {
    if (bus === undefined) throw new Error('expected to be started first')
    return bus.produce(order)
  }
}

answer(api)

function queued(emit: (message: unknown) => void): (message: unknown) => void {
  const emitter = new ArticleEmitter(emit)
  return (message) => emitter.put(message)
}

function startThread(producer: ProducerName, crossing: Crossing, onMessage: (message: unknown) => void): void {
  const workerData: ProducerThreadData = { file: PRODUCER_FILES[producer], crossing }
  const thread = new Worker(new URL(import.meta.resolve('./producer-thread.worker.ts')), { workerData })
  thread.on('message', onMessage)
}

/** The requests of tickcast's clients, as far as the bench makes them. */
function welcome(socket: Socket): void {
  socket.on('subscribe', ({ channels }: { readonly channels: string[] }, reply: (answer: unknown) => void) => {
    void socket.join(channels)
    reply({ channels: channels.map((channel) => ({ channel, ok: true })) })
  })
  socket.on('unsubscribe', ({ channels }: { readonly channels: string[] }, reply: (answer: unknown) => void) => {
    for (const channel of channels) void socket.leave(channel)
    reply({ channels: channels.map((channel) => ({ channel, ok: true })) })
  })
}

/** `/api` and `/health`, without a framework: the least that answers. */
function rest(request: IncomingMessage, response: ServerResponse): void {
  if (request.url?.startsWith('/socket.io/') === true) return
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.end('{"result":"OK"}')
}
