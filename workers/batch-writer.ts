import { type BatchMessage, creditOf, RECORD_FIELDS } from '../src/protocol/port-messages.ts'

const FIRST_BYTES = 64 * 1024
const FIRST_MESSAGES = 256
/** What one huge message needed is not kept for life. */
const MAX_KEPT_BYTES = 1024 * 1024
/** Batches' worth of memory that is kept for later. */
const MAX_KEPT = 16
const COMMA = ','.charCodeAt(0)

/** Writes messages into memory that crosses the port with them, and comes back: see `BatchMessage`. */
export class BatchWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #length = 0
  #records = new Float64Array(FIRST_MESSAGES * RECORD_FIELDS)
  /** Memory that came back, for the next batches. */
  readonly #spareBytes: ArrayBuffer[] = []
  readonly #spareRecords: ArrayBuffer[] = []
  #messages = 0
  #credit = 0

  /** Bytes written since the last batch. */
  get bytes(): number {
    return this.#length
  }

  /** Messages written since the last batch. */
  get messages(): number {
    return this.#messages
  }

  /**
   * Appends one message.
   *
   * @param usesCredit false for messages that are not queued in the main thread.
   * @returns the length of its JSON, bytes.
   */
  write(json: string, channel: number, seq: number, prev: number, flags: number, usesCredit: boolean): number {
    // A character of UTF-16 takes at most three bytes of UTF-8.
    this.#reserve(json.length * 3 + 1)
    if (this.#messages > 0) this.#bytes[this.#length++] = COMMA
    const start = this.#length
    this.#length += this.#bytes.write(json, start, 'utf8')
    const at = this.#messages * RECORD_FIELDS
    if (at >= this.#records.length) this.#growRecords()
    this.#records[at] = channel
    this.#records[at + 1] = seq
    this.#records[at + 2] = prev
    this.#records[at + 3] = start
    this.#records[at + 4] = this.#length
    this.#records[at + 5] = flags
    this.#records[at + 6] = 0
    this.#records[at + 7] = 0
    this.#messages += 1
    const sizeBytes = this.#length - start
    if (usesCredit) this.#credit += creditOf(sizeBytes)
    return sizeBytes
  }

  /** Gives what was written away as a batch, to be transferred with its memory, and starts anew. */
  take(ingestTime: number): BatchMessage {
    const batch: BatchMessage = {
      type: 'batch',
      credit: this.#credit,
      bytes: new Uint8Array(this.#bytes.buffer, 0, this.#length),
      records: this.#records.subarray(0, this.#messages * RECORD_FIELDS),
      ingestTime
    }
    const bytes = this.#spareBytes.pop()
    const records = this.#spareRecords.pop()
    this.#bytes = bytes === undefined ? Buffer.allocUnsafeSlow(FIRST_BYTES) : Buffer.from(bytes)
    this.#records = records === undefined ? new Float64Array(FIRST_MESSAGES * RECORD_FIELDS) : new Float64Array(records)
    this.#length = 0
    this.#messages = 0
    this.#credit = 0
    return batch
  }

  /** Keeps the memory of batches that were taken in, bytes and records in turn. */
  reuse(memory: readonly ArrayBuffer[]): void {
    for (const [place, one] of memory.entries()) {
      const spare = place % 2 === 0 ? this.#spareBytes : this.#spareRecords
      if (spare.length < MAX_KEPT && one.byteLength <= MAX_KEPT_BYTES) spare.push(one)
    }
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + bytes))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }

  #growRecords(): void {
    const larger = new Float64Array(this.#records.length * 2)
    larger.set(this.#records)
    this.#records = larger
  }
}
