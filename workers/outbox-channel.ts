import { type Contract, contractOf, parseChannel } from '../src/protocol/channel.ts'
import type { DeclaredChannel } from '../src/protocol/port-messages.ts'

/** A channel as its producer numbers it. */
export class OutboxChannel implements DeclaredChannel {
  /** Place in the order of declaration. */
  readonly index: number
  readonly name: string
  readonly form: 'channel' | 'plain'
  readonly contract: Contract
  /** True when messages are books: a snapshot, then deltas. */
  readonly isBook: boolean
  /** True when messages are candles, one after the other. */
  readonly isCandles: boolean
  /** What the JSON of every message starts with, up to the sequence number. */
  readonly head: string
  /** Last sequence number given. */
  seq = 0

  constructor(index: number, name: string, form: 'channel' | 'plain', contract?: Contract) {
    const kind = form === 'channel' ? (parseChannel(name)?.kind ?? '') : ''
    this.index = index
    this.name = name
    this.form = form
    this.isBook = kind === 'book'
    this.isCandles = kind === 'candle'
    // A book's messages only make sense from a snapshot on, whatever its feed declares.
    this.contract = this.isBook ? 'state' : (contract ?? (form === 'plain' ? 'event' : contractOf(kind)))
    this.head = `{"channel":"${name}","seq":`
  }
}
