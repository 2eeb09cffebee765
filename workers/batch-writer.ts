import { type BatchMessage, creditOf, RECORD_FIELDS } from '../src/protocol/port-messages.ts'

const FIRST_BYTES = 64 * 1024
const FIRST_MESSAGES = 256
const MAX_KEPT_BYTES = 4 * 1024 * 1024
const COMMA = ','.charCodeAt(0)

/** Writes messages into one piece of memory, as they cross the port: see `BatchMessage`. */
export class BatchWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #length = 0
  #records = new Float64Array(FIRST_MESSAGES * RECORD_FIELDS)
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
    this.#messages += 1
    const sizeBytes = this.#length - start
    if (usesCredit) this.#credit += creditOf(sizeBytes)
    return sizeBytes
  }

  /** Copies what was written into a batch of exactly its size, and starts anew. */
  take(ingestTime: number): BatchMessage {
    const batch: BatchMessage = {
      type: 'batch',
      credit: this.#credit,
      bytes: new Uint8Array(this.#bytes.subarray(0, this.#length)),
      records: this.#records.slice(0, this.#messages * RECORD_FIELDS),
      ingestTime
    }
    this.#length = 0
    this.#messages = 0
    this.#credit = 0
    // What one huge message needed is not kept for life.
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = Buffer.allocUnsafe(FIRST_BYTES)
    return batch
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }

  #growRecords(): void {
    const larger = new Float64Array(this.#records.length * 2)
    larger.set(this.#records)
    this.#records = larger
  }
}
