import type { Journal } from '../broadcast/journal.ts'
import type { Cohort } from './cohort.ts'
import type { Frame } from './frame.ts'
import { type Position, type ReturnStage, returnStage } from './return-stage.ts'
import type { Subscriber } from './subscriber.ts'
import { updatesEnd, updatesFrames } from './updates-frame.ts'

/** A stage with its frames, for everybody who is at the same place. */
export interface SharedStage extends ReturnStage {
  readonly room: number
  readonly frames: readonly Frame[]
}

/**
 * Clients with the same channels that fell behind in the same flush are at the same place, and stay together as long as
 * they read alike: when a network has failed, or the server was late, those are all of them. What leads from there to the
 * present is made once, as in the stream; or their way back would be so much dearer than the stream that they never
 * arrived.
 */
export class SharedStages {
  readonly #journal: Journal
  readonly #positions = new Map<Cohort, readonly Position[]>()
  readonly #stages = new Map<readonly Position[], SharedStage>()
  #flush = 0

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** Where a client is after a flush that it has had; one list for all members of its cohort. */
  positionsOf({ cohorts }: Subscriber, flush: number): readonly Position[] {
    this.#begin(flush)
    const [only] = cohorts.size === 1 ? cohorts.values() : []
    const known = only && this.#positions.get(only)
    if (known !== undefined) return known
    const positions: Position[] = []
    for (const [lane, { channels }] of cohorts) {
      for (const channel of channels) positions.push({ channel, ...lane.position(channel) })
    }
    if (only !== undefined) this.#positions.set(only, positions)
    return positions
  }

  /** What leads on from there, made for the first client that asks in a flush, before its messages are sent. */
  next(from: readonly Position[], room: number, flush: number): SharedStage {
    this.#begin(flush)
    const known = this.#stages.get(from)
    if (known?.room === room) return known
    // Changes of one flush are made in one turn; kept until the next flush with such clients, the frames would take memory.
    if (this.#stages.size === 0) setImmediate(() => this.#stages.clear())
    const stage = returnStage(from, this.#journal, room)
    const shared = { ...stage, room, frames: [...updatesFrames(stage.list, updatesEnd(Date.now()))] }
    this.#stages.set(from, shared)
    return shared
  }

  #begin(flush: number): void {
    if (this.#flush === flush) return
    this.#flush = flush
    this.#positions.clear()
    this.#stages.clear()
  }
}
