/** What would the same producers cost a server without tickcast? They run in a thread and post what they make. */
import { parentPort, workerData } from 'node:worker_threads'
import type { ProducerDefinition, ProducerMessage } from '../../src/index.ts'

/** How messages cross the port: one object each, one array a tick, or one array of JSON texts a tick. */
export type Crossing = 'object' | 'array' | 'json'

export interface ProducerThreadData {
  /** URL of the producer file. */
  readonly file: string
  readonly crossing: Crossing
}

/** An update as stock servers send it: what tickcast's clients get, with the same fields. */
export interface PlainUpdate {
  readonly channel: string
  readonly seq: number
  readonly exchangeTime: number
  readonly ingestTime: number
  readonly data: unknown
}

/** A tick as JSON texts. */
export interface JsonTick {
  readonly channels: readonly string[]
  readonly texts: readonly string[]
}

const { file, crossing } = workerData as ProducerThreadData
const { default: definition } = (await import(file)) as { readonly default: ProducerDefinition }
const { signal } = new AbortController()
const seqs = new Map<string, number>()
const messages = definition.messages?.({ signal, log: () => undefined })

for await (const produced of messages ?? []) {
  const batch = (Array.isArray(produced) ? produced : [produced]).map(numbered)
  switch (crossing) {
    case 'object':
      for (const message of batch) parentPort?.postMessage(message)
      break
    case 'array':
      parentPort?.postMessage(batch)
      break
    case 'json':
      parentPort?.postMessage(jsonTick(batch as readonly PlainUpdate[]))
      break
    default:
      crossing satisfies never
  }
}

function numbered(message: ProducerMessage): PlainUpdate | ProducerMessage {
  if (!('channel' in message)) return message
  const { channel, exchangeTime = 0, data } = message
  const seq = (seqs.get(channel) ?? 0) + 1
  seqs.set(channel, seq)
  return { channel, seq, exchangeTime, ingestTime: Date.now(), data }
}

function jsonTick(batch: readonly PlainUpdate[]): JsonTick {
  return { channels: batch.map(({ channel }) => channel), texts: batch.map((update) => JSON.stringify(update)) }
}
