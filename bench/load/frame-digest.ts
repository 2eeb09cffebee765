/** How can one core count ten million updates a second? Clients with the same channels get the same bytes: read once. */
import type { Auditor } from './auditor.ts'
import { scanUpdates, type UpdateSink } from './update-scan.ts'

/** Smaller frames are read sooner than compared, bytes. */
const MIN_BYTES = 2_048
/** Frames remembered; the clients of one server are never further apart. */
const REMEMBERED = 32

/** What the updates of one frame say, with updates that follow one another on their channel put together. */
class Digest implements UpdateSink {
  bytes: Buffer = Buffer.alloc(0)
  readonly #channels: number[] = []
  readonly #prevs: number[] = []
  readonly #seqs: number[] = []
  readonly #counts: number[] = []
  readonly #areSnapshots: boolean[] = []
  readonly #times: number[] = []
  readonly #timeCounts: number[] = []
  /** The newest run of each channel. */
  readonly #runs = new Map<number, number>()

  read(bytes: Buffer): void {
    for (const list of [this.#channels, this.#prevs, this.#seqs, this.#counts, this.#times, this.#timeCounts])
      list.length = 0
    this.#areSnapshots.length = 0
    this.#runs.clear()
    scanUpdates(bytes, this)
  }

  update(channel: number, prev: number, seq: number, isSnapshot: boolean, scheduledTime: number): void {
    const run = this.#runs.get(channel) ?? -1
    if (!isSnapshot && this.#seqs[run] === prev && this.#areSnapshots[run] === false) {
      this.#seqs[run] = seq
      this.#counts[run] = (this.#counts[run] ?? 0) + 1
    } else {
      this.#runs.set(channel, this.#channels.push(channel) - 1)
      this.#prevs.push(prev)
      this.#seqs.push(seq)
      this.#counts.push(1)
      this.#areSnapshots.push(isSnapshot)
    }
    const newest = this.#times.length - 1
    if (this.#times[newest] === scheduledTime) this.#timeCounts[newest] = (this.#timeCounts[newest] ?? 0) + 1
    else this.#timeCounts[this.#times.push(scheduledTime) - 1] = 1
  }

  tell(auditor: Auditor, client: number, time: number): void {
    for (let run = 0; run < this.#channels.length; run++) {
      const [channel = 0, prev = 0, seq = 0] = [this.#channels[run], this.#prevs[run], this.#seqs[run]]
      auditor.take(client, channel, prev, seq, this.#counts[run] ?? 0, this.#areSnapshots[run] === true)
    }
    for (let n = 0; n < this.#times.length; n++) {
      auditor.time(client, this.#times[n] ?? 0, this.#timeCounts[n] ?? 0, time)
    }
  }
}

/** Tells an auditor what the frames of its clients say, and reads each frame once however many clients get it. */
export class FrameDigests {
  readonly #auditor: Auditor
  readonly #direct: UpdateSink
  readonly #small = new Digest()
  readonly #remembered = Array.from({ length: REMEMBERED }, () => new Digest())
  #next = 0
  #client = 0
  #time = 0

  constructor(auditor: Auditor) {
    this.#auditor = auditor
    this.#direct = {
      update: (channel, prev, seq, isSnapshot, scheduledTime) => {
        auditor.take(this.#client, channel, prev, seq, 1, isSnapshot)
        auditor.time(this.#client, scheduledTime, 1, this.#time)
      }
    }
  }

  /** An event with updates has come to a client at `time`. */
  take(client: number, bytes: Buffer, time: number): void {
    if (bytes.length < MIN_BYTES) {
      this.#client = client
      this.#time = time
      scanUpdates(bytes, this.#direct)
      return
    }
    this.#digestOf(bytes).tell(this.#auditor, client, time)
  }

  #digestOf(bytes: Buffer): Digest {
    for (const digest of this.#remembered) {
      if (digest.bytes.length === bytes.length && digest.bytes.equals(bytes)) return digest
    }
    const digest = this.#remembered[this.#next++ % REMEMBERED] ?? this.#small
    digest.bytes = Buffer.from(bytes)
    digest.read(bytes)
    return digest
  }
}
