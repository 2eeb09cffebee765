import { Catalog } from '../../src/broadcast/catalog.ts'
import { presentOf } from '../../src/broadcast/catch-up.ts'
import type { ChannelState } from '../../src/broadcast/channel-state.ts'
import { Journal } from '../../src/broadcast/journal.ts'
import { BoundedQueue } from '../../src/broadcast/queue.ts'
import { type Message, Segment } from '../../src/broadcast/segment.ts'
import { type ProducerLife, Tickerplant } from '../../src/broadcast/tickerplant.ts'
import { contractOf } from '../../src/protocol/channel.ts'
import type { ChannelDeclaration } from '../../src/protocol/feed-message.ts'
import {
  type BatchMessage,
  type DeclaredChannel,
  FLAG,
  type MainToProducer,
  type ProducerToMain,
  RECORD,
  RECORD_FIELDS
} from '../../src/protocol/port-messages.ts'
import type { Update } from '../../src/protocol/server-events.ts'
import { createCounters } from '../../src/telemetry/counters.ts'

/** One message as a producer would write it into a batch. */
export interface Written {
  /** Place of the channel in the order of declaration. */
  readonly channel: number
  readonly name: string
  readonly seq: number
  readonly prev?: number
  /** Makes the message a snapshot of this epoch. */
  readonly snapshotOf?: string
  readonly flags?: number
  readonly data?: unknown
  readonly exchangeTime?: number
}

/** The JSON of a message, in the one form that producers write. */
export function jsonOf({ name, seq, prev = seq - 1, snapshotOf, data = { seq }, exchangeTime = 7 }: Written): string {
  const range = prev === seq - 1 ? '' : `,"prev":${prev}`
  const type = snapshotOf === undefined ? '' : `,"type":"snapshot","epoch":${JSON.stringify(snapshotOf)}`
  const times = `,"exchangeTime":${exchangeTime},"ingestTime":8`
  return `{"channel":"${name}","seq":${seq}${range}${type}${times},"data":${JSON.stringify(data)}}`
}

/** A batch with these messages, as it arrives at the main thread. */
export function batchOf(messages: readonly Written[], ingestTime = 9): BatchMessage {
  const bytes = new Uint8Array(Buffer.from(messages.map(jsonOf).join(',')))
  const records = new Float64Array(messages.length * RECORD_FIELDS)
  let start = 0
  messages.forEach((message, place) => {
    const { channel, seq, prev = seq - 1, snapshotOf, flags = snapshotOf === undefined ? 0 : FLAG.snapshot } = message
    const end = start + Buffer.byteLength(jsonOf(message))
    records.set([channel, seq, prev, start, end, flags], place * RECORD_FIELDS)
    start = end + 1
  })
  const count = messages.filter(({ flags = 0 }) => flags !== FLAG.base).length
  return { type: 'batch', credit: count, bytes, records, ingestTime }
}

/** A segment of its own with one message. */
export function segmentOf(channel: ChannelState, message: Omit<Written, 'channel' | 'name'>): Message {
  const { bytes, records } = batchOf([{ ...message, channel: 0, name: channel.name }])
  return { segment: new Segment(0, bytes, records, [channel]), index: 0 }
}

/** What a client gets to see of messages. */
export function updatesOf(messages: readonly Message[]): Update[] {
  return messages.map(({ segment, index }) => JSON.parse(segment.json(index).toString()) as Update)
}

/** What a client gets to see of a batch. */
export function updatesIn(batch: BatchMessage): Update[] {
  return JSON.parse(`[${Buffer.from(batch.bytes)}]`) as Update[]
}

/** The records of a batch by name. */
export function recordsIn({ records }: BatchMessage): Record<keyof typeof RECORD, number>[] {
  return Array.from({ length: records.length / RECORD_FIELDS }, (_, place) => {
    const fields = Object.entries(RECORD).map(([name, field]) => [name, records[place * RECORD_FIELDS + field]])
    return Object.fromEntries(fields) as Record<keyof typeof RECORD, number>
  })
}

/** The main thread's end of a port, without a thread: keeps what was posted, in order. */
export class KeptPort {
  readonly posted: ProducerToMain[] = []

  readonly postMessage = (message: ProducerToMain | MainToProducer): void => {
    this.posted.push(message as ProducerToMain)
  }

  get batches(): BatchMessage[] {
    return this.posted.filter((message) => message.type === 'batch')
  }

  /** Every update posted so far. */
  get updates(): Update[] {
    return this.batches.flatMap(updatesIn)
  }

  /** Removes and returns what was posted. */
  take(): ProducerToMain[] {
    return this.posted.splice(0)
  }
}

export function declared({ channel, contract }: ChannelDeclaration): DeclaredChannel {
  return { name: channel, form: 'channel', contract: contract ?? contractOf(channel.split(':')[0] ?? '') }
}

/** The main thread from ingest to the queue: real parts, joined as the app joins them. */
export class TestPlant {
  readonly counters = createCounters()
  readonly catalog = new Catalog(1_000)
  readonly journal: Journal
  readonly queue: BoundedQueue
  readonly tickerplant: Tickerplant
  wakes = 0

  constructor({ queueCapacity = 10_000, journalBytes = 1_000_000 } = {}) {
    this.journal = new Journal(journalBytes)
    this.queue = new BoundedQueue(queueCapacity, this.counters)
    this.tickerplant = new Tickerplant(this.catalog, this.journal, this.queue, this.counters, () => {
      this.wakes += 1
    })
  }

  /** Begins a life of a producer with these channels. */
  begin(source: string, epoch: string, ...channels: readonly string[]): ProducerLife {
    const life = this.tickerplant.begin(source, epoch)
    this.tickerplant.declare(
      life,
      channels.map((channel) => declared({ channel }))
    )
    return life
  }

  /** Takes in what a producer posted. */
  receive(life: ProducerLife, posted: readonly ProducerToMain[]): void {
    for (const message of posted) {
      if (message.type === 'channels') this.tickerplant.declare(life, message.channels)
      else if (message.type === 'batch') this.tickerplant.accept(life, message)
      else if (message.type === 'rest') this.tickerplant.rest(life, message.channels)
      else if (message.type === 'quality') {
        this.tickerplant.setQuality(life, message.quality, message.cause, message.channels)
      }
    }
  }

  channel(name: string): ChannelState {
    const channel = this.catalog.find(name)
    if (channel === undefined) throw new Error(`${name} is not declared`)
    return channel
  }

  /** Empties the queue: what a client that follows every channel gets in this flush. */
  flush(): Update[] {
    const { segments, indexes, overflowed } = this.queue.drain()
    const messages = segments.map((segment, place) => ({ segment, index: indexes[place] ?? 0 }))
    return updatesOf([...messages, ...overflowed.flatMap(presentOf)])
  }

  /** `received = flushed + waiting + merged + dropped`, as the two sides of the equation. */
  account(): [received: number, accounted: number] {
    const { messagesReceived, messagesFlushed, messagesMerged, messagesDropped } = this.counters
    return [messagesReceived, messagesFlushed + this.queue.size + messagesMerged + messagesDropped]
  }
}
