import { type BatchMessage, type DeclaredChannel, FLAG, RECORD, RECORD_FIELDS } from '../protocol/port-messages.ts'

/** Kinds of channels that history keeps. */
const KEPT = /^(?:trade|candle):/
const [COMMA, OPEN, CLOSE] = [',', '[', ']'].map((character) => character.charCodeAt(0)) as [number, number, number]

const NO_BYTES = Buffer.alloc(0)

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
  readonly #keptNames: string[] = []
  #hasRewound = false
  /** Channels whose time begins anew with the next batch. */
  readonly #rewound = new Set<string>()

  constructor(epoch: string, offer: (epoch: string, bytes: Uint8Array) => boolean) {
    this.#epoch = epoch
    this.#offer = offer
  }

  /** Takes note of channels; those that were refused are not kept, they belong to another producer. */
  declare(channels: readonly DeclaredChannel[], refused: readonly string[]): void {
    const notTaken = new Set(refused)
    for (const { name, form } of channels) {
      const isKept = form === 'channel' && KEPT.test(name) && !notTaken.has(name)
      this.#isKept.push(isKept)
      if (!isKept) continue
      this.#keptNames.push(name)
      // Of an earlier life of the feed, which played the same, something may be kept all the same.
      if (this.#hasRewound) this.#rewound.add(name)
    }
  }

  /**
   * The time of the feed begins anew: what follows takes the place of what was kept, from its own time on.
   *
   * Told at the head of the next batch that is taken, so that both are written in one transaction: nobody reads an
   * empty past in between, and a thread that dies loses both or none.
   */
  rewind(): void {
    this.#hasRewound = true
    for (const name of this.#keptNames) this.#rewound.add(name)
  }

  accept({ bytes, records }: BatchMessage): void {
    const ranges = this.#keptRanges(records)
    if (ranges.length === 0) return
    const head = this.#rewound.size === 0 ? NO_BYTES : Buffer.from(`[${JSON.stringify({ rewind: [...this.#rewound] })}`)
    const length = ranges.reduce((sum, [start, end]) => sum + end - start + 1, head.length + 1)
    // Shared, so that it crosses to the thread without another copy; nobody writes to it any more.
    const list = new Uint8Array(new SharedArrayBuffer(length))
    list.set(head)
    let at = head.length
    for (const [start, end] of ranges) {
      list[at] = at === 0 ? OPEN : COMMA
      list.set(bytes.subarray(start, end), at + 1)
      at += 1 + end - start
    }
    list[at] = CLOSE
    if (this.#offer(this.#epoch, list)) this.#rewound.clear()
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
