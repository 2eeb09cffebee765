import type { Update } from '../protocol/server-events.ts'

/** A stretch of one channel that was never received. */
export interface Gap {
  readonly channel: string
  readonly firstSeq: number
  readonly lastSeq: number
}

const GAPS_KEPT = 5

/**
 * Counts what a recording has and what it lacks, from the sequence numbers alone.
 *
 * An update stands for `(prev, seq]`: numbers in between were merged into it. A number that no update stands for is
 * missing, also where a snapshot repaired the state: a replay of the recording will not have that message.
 */
export class Coverage {
  readonly #reached = new Map<string, { epoch: string | undefined; seq: number }>()
  /** The first few gaps, for the report. */
  readonly gaps: Gap[] = []
  gapCount = 0
  missing = 0
  merged = 0
  updates = 0

  get channelCount(): number {
    return this.#reached.size
  }

  note(update: Update): void {
    this.updates += 1
    const { channel, seq, epoch } = update
    const prev = update.prev ?? seq - 1
    const reached = this.#reached.get(channel)
    const isNewLife = reached?.epoch !== undefined && epoch !== undefined && epoch !== reached.epoch
    if (reached === undefined || isNewLife) {
      this.#reached.set(channel, { epoch, seq })
      return
    }
    reached.epoch ??= epoch
    if (seq <= reached.seq) return
    if (prev > reached.seq) this.#noteGap({ channel, firstSeq: reached.seq + 1, lastSeq: prev })
    if (update.type !== 'snapshot') this.merged += seq - 1 - Math.max(prev, reached.seq)
    reached.seq = seq
  }

  #noteGap(gap: Gap): void {
    this.gapCount += 1
    this.missing += gap.lastSeq - gap.firstSeq + 1
    if (this.gaps.length < GAPS_KEPT) this.gaps.push(gap)
  }
}
