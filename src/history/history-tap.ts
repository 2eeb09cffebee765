import { type BatchMessage, type DeclaredChannel, FLAG, RECORD, RECORD_FIELDS } from '../protocol/port-messages.ts'

/** Kinds of channels that history keeps. */
const KEPT = /^(?:trade|candle):/
/** As an entry in a list of updates. */
const REWIND = Buffer.from(JSON.stringify([{ rewind: true }]))
const [COMMA, OPEN, CLOSE] = [',', '[', ']'].map((character) => character.charCodeAt(0)) as [number, number, number]

/**
 * Takes trades and candles out of what one life of a producer sends, without looking into them.
 *
 * Their JSON is copied, because the batch belongs to the recent past and what history is given is its own.
 */
export class HistoryTap {
  readonly #epoch: string
  readonly #offer: (epoch: string, bytes: Uint8Array) => boolean
  /** Whether a channel is kept, by its place in the order of declaration. */
  readonly #isKept: boolean[] = []

  constructor(epoch: string, offer: (epoch: string, bytes: Uint8Array) => boolean) {
    this.#epoch = epoch
    this.#offer = offer
  }

  /** Takes note of channels; those that were refused are not kept, they belong to another producer. */
  declare(channels: readonly DeclaredChannel[], refused: readonly string[]): void {
    for (const { name, form } of channels) {
      this.#isKept.push(form === 'channel' && KEPT.test(name) && !refused.includes(name))
    }
  }

  /** The time of the feed begins anew: what follows takes the place of what was kept, from its own time on. */
  rewind(): void {
    this.#offer(this.#epoch, REWIND)
  }

  accept({ bytes, records }: BatchMessage): void {
    const ranges = this.#keptRanges(records)
    if (ranges.length === 0) return
    const length = ranges.reduce((sum, [start, end]) => sum + end - start + 1, 1)
    // Shared, so that it crosses to the thread without another copy; nobody writes to it any more.
    const list = new Uint8Array(new SharedArrayBuffer(length))
    let at = 0
    for (const [start, end] of ranges) {
      list[at] = at === 0 ? OPEN : COMMA
      list.set(bytes.subarray(start, end), at + 1)
      at += 1 + end - start
    }
    list[at] = CLOSE
    this.#offer(this.#epoch, list)
  }

  /** Where the messages to be kept lie; neighbours are one range, with the comma that is between them already. */
  #keptRanges(records: Float64Array): [start: number, end: number][] {
    const ranges: [start: number, end: number][] = []
    for (let at = 0; at < records.length; at += RECORD_FIELDS) {
      if (this.#isKept[records[at + RECORD.channel] ?? -1] !== true) continue
      if (((records[at + RECORD.flags] ?? 0) & FLAG.base) !== 0) continue
      const start = records[at + RECORD.start] ?? 0
      const end = records[at + RECORD.end] ?? 0
      const last = ranges.at(-1)
      if (last?.[1] === start - 1) last[1] = end
      else ranges.push([start, end])
    }
    return ranges
  }
}
