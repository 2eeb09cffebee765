/** How cheap can it be without Socket.IO: `ws`, one frame per tick and group of like clients, one write per client? */
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import * as library from 'ws'
import { type RawData, WebSocketServer } from 'ws'
import { answer } from '../harness/answering.ts'
import { CHANNELS_VARIABLE } from '../producers/plan.ts'
import { PRODUCER_FILES } from '../producers/producer-files.ts'
import { startDelays, stopDelays } from './loop-delays.ts'
import { ProducerBus } from './producer-bus.ts'
import type { JsonTick, ProducerThreadData } from './producer-thread.worker.ts'
import { startProfile, stopProfile } from './profiling.ts'
import type { Order, ServerApi, StartOptions } from './server-api.ts'
import { memory, usage } from './usage.ts'

/** Clients with the same channels, who get the same frames. */
interface Group {
  readonly channels: readonly string[]
  readonly members: Set<Socket>
  /** What the tick at hand has for them. */
  readonly texts: string[]
}

/** Not in the library's types, and not documented: frames made once, for many sockets. */
const { Sender } = library as unknown as {
  readonly Sender: { frame(data: Buffer, options: object): readonly Buffer[] }
}
const FRAME_OPTIONS = { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false }

const groups = new Map<string, Group>()
const byChannel = new Map<string, Set<Group>>()
let bus: ProducerBus | undefined

const api: ServerApi = {
  async start({ kind, channels, padBytes = 0 }: StartOptions) {
    process.env[CHANNELS_VARIABLE] = `${kind}:${channels}:${padBytes}`
    const http = createServer()
    const server = new WebSocketServer({ server: http, perMessageDeflate: false })
    server.on('connection', (socket, { socket: netSocket }) => {
      let group: Group | undefined
      socket.on('message', (data) => {
        const [name, wanted, id] = requestOf(data)
        if (group !== undefined) leave(group, netSocket)
        group = name === 'subscribe' ? join(wanted, netSocket) : undefined
        socket.send(JSON.stringify(['ack', id, { channels: wanted.map((channel) => ({ channel, ok: true })) }]))
      })
      socket.on('close', () => {
        if (group !== undefined) leave(group, netSocket)
      })
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    bus = new ProducerBus(1)
    const workerData: ProducerThreadData = { file: PRODUCER_FILES.scheduled, crossing: 'json' }
    const thread = new Worker(new URL(import.meta.resolve('./producer-thread.worker.ts')), { workerData })
    thread.on('message', publish)
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

function requestOf(data: RawData): readonly [name: string, channels: readonly string[], id: number] {
  const [name, { channels }, id] = JSON.parse(String(data)) as [string, { readonly channels: string[] }, number]
  return [name, channels, id]
}

function join(channels: readonly string[], socket: Socket): Group {
  const key = channels.join()
  const group = groups.get(key) ?? { channels, members: new Set(), texts: [] }
  groups.set(key, group)
  group.members.add(socket)
  for (const channel of channels) byChannel.set(channel, (byChannel.get(channel) ?? new Set()).add(group))
  return group
}

function leave(group: Group, socket: Socket): void {
  group.members.delete(socket)
  if (group.members.size > 0) return
  groups.delete(group.channels.join())
  for (const channel of group.channels) byChannel.get(channel)?.delete(group)
}

function publish({ channels, texts }: JsonTick): void {
  const active: Group[] = []
  for (const [place, text] of texts.entries()) {
    for (const group of byChannel.get(channels[place] ?? '') ?? []) {
      if (group.texts.push(text) === 1) active.push(group)
    }
  }
  for (const { members, texts: own } of active) {
    const json = Buffer.from(`["updates",[${own.join()}],{"emitTime":${Date.now()}}]`)
    own.length = 0
    const frame = Buffer.concat(Sender.frame(json, FRAME_OPTIONS))
    for (const socket of members) socket.write(frame)
  }
}
