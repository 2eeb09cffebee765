import type { Update } from '../src/protocol/server-events.ts'

/** What to do with an update. */
export type Verdict =
  /** It continues what is held, or sets it: use it. */
  | 'apply'
  /** What is held already contains it: drop it. */
  | 'duplicate'
  /** Something is missing before it: drop it, mark the channel stale, ask for a snapshot. Said once per hole. */
  | 'gap'
  /** Only a snapshot helps, and it was asked for: drop it. */
  | 'waiting'

interface Track {
  epoch: string | undefined
  seq: number
  /** `none`: in order. `unasked`: needs a snapshot nobody asked for yet. `asked`: needs the one asked for. */
  need: 'none' | 'unasked' | 'asked'
}

/**
 * The client's whole rule for an unbroken picture, per channel; no I/O, no clock.
 *
 * Invariant: between two `apply` of one epoch nothing is missing, whatever is lost, repeated or merged on the way.
 */
export class Continuity {
  readonly #tracks = new Map<string, Track>()

  /** Judges `update`, and remembers it as applied when the verdict is `apply`. */
  take(update: Update): Verdict {
    const held = this.#tracks.get(update.channel)
    if (update.type === 'snapshot') return this.#takeSnapshot(update, held)

    // An unknown channel is one at 0: its very first message is complete, any later one shows a gap.
    const track = held ?? this.#restart(update.channel, undefined, 'none')
    if (track.need === 'asked') return 'waiting'
    // The current state may be of another epoch: sequences can't be compared, not even to call this a duplicate.
    if (track.need === 'none') {
      if (update.seq <= track.seq) return 'duplicate'
      // `<=`, not `===`: a client may join between two flushes with a snapshot newer than the last flush.
      if ((update.prev ?? update.seq - 1) <= track.seq) {
        track.seq = update.seq
        return 'apply'
      }
    }
    track.need = 'asked'
    return 'gap'
  }

  /**
   * Takes note of the epoch a channel is in and its newest sequence there, as a subscription answer or a status tells
   * them. In a new epoch nothing that is held counts; its first snapshot makes the picture whole again.
   */
  enter(channel: string, epoch: string, seq: number): void {
    const held = this.#tracks.get(channel)
    if (held === undefined) this.#restart(channel, epoch, seq === 0 ? 'none' : 'unasked')
    else if (held.epoch === undefined) held.epoch = epoch
    else if (held.epoch !== epoch) this.#restart(channel, epoch, held.seq === 0 && seq === 0 ? 'none' : 'unasked')
  }

  /** Goes on from a position that was reached elsewhere, e.g. by reading history. */
  resumeAt(channel: string, epoch: string, seq: number): void {
    this.#tracks.set(channel, { epoch, seq, need: 'none' })
  }

  /** The position reached on a channel; `undefined` when nothing of it is held. */
  position(channel: string): { readonly epoch: string; readonly seq: number } | undefined {
    const held = this.#tracks.get(channel)
    return held?.epoch === undefined ? undefined : { epoch: held.epoch, seq: held.seq }
  }

  /** True while a channel waits for a snapshot: what is held of it is out of date. */
  isBroken(channel: string): boolean {
    return (this.#tracks.get(channel)?.need ?? 'none') !== 'none'
  }

  /** Lets every hole be asked for again: answers to earlier requests are lost with their connection. */
  reconnected(): void {
    for (const track of this.#tracks.values()) if (track.need === 'asked') track.need = 'unasked'
  }

  /** Forgets a channel that is no longer subscribed. */
  forget(channel: string): void {
    this.#tracks.delete(channel)
  }

  #takeSnapshot(update: Update, held: Track | undefined): Verdict {
    const epoch = update.epoch ?? held?.epoch
    if (held !== undefined && held.epoch === epoch && update.seq <= held.seq) {
      held.need = 'none'
      return 'duplicate'
    }
    this.#tracks.set(update.channel, { epoch, seq: update.seq, need: 'none' })
    return 'apply'
  }

  #restart(channel: string, epoch: string | undefined, need: Track['need']): Track {
    const track: Track = { epoch, seq: 0, need }
    this.#tracks.set(channel, track)
    return track
  }
}
