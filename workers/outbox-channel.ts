import { type Contract, contractOf, parseChannel } from '../src/protocol/channel.ts'
import type { DeclaredChannel } from '../src/protocol/port-messages.ts'

/** What an `OutboxChannel` may be told beside its name. */
export interface OutboxChannelOptions {
  readonly contract?: Contract | undefined
  readonly isOnDemand?: boolean
  /** Last sequence number that was given before, where the channel goes on. Default 0. */
  readonly after?: number
}

/** A channel as its producer numbers it. */
export class OutboxChannel implements DeclaredChannel {
  /** Place in the order of declaration. */
  readonly index: number
  readonly name: string
  readonly form: 'channel' | 'plain'
  readonly contract: Contract
  readonly isOnDemand: boolean
  /** True when messages are books: a snapshot, then deltas. */
  readonly isBook: boolean
  /** True when messages are candles, one after the other. */
  readonly isCandles: boolean
  /** What the JSON of every message starts with, up to the sequence number. */
  readonly head: string
  /** Sequence number of the first message, which is the whole state. */
  readonly firstSeq: number
  /** Last sequence number given. */
  seq: number

  constructor(index: number, name: string, form: 'channel' | 'plain', options: OutboxChannelOptions = {}) {
    const { contract, isOnDemand = false, after = 0 } = options
    const kind = form === 'channel' ? (parseChannel(name)?.kind ?? '') : ''
    this.index = index
    this.name = name
    this.form = form
    this.isOnDemand = isOnDemand
    this.isBook = kind === 'book'
    this.isCandles = kind === 'candle'
    // A book's messages only make sense from a snapshot on, whatever its feed declares.
    this.contract = this.isBook ? 'state' : (contract ?? (form === 'plain' ? 'event' : contractOf(kind)))
    this.head = `{"channel":"${name}","seq":`
    this.firstSeq = after + 1
    this.seq = after
  }
}
