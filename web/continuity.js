// @ts-check
/**
 * The client's rule for an unbroken picture, as client/continuity.ts has it (see there for the reasons): this page runs
 * without a build, so it brings its own copy; a test holds the two together.
 */

/** @typedef {'apply' | 'duplicate' | 'gap' | 'waiting'} Verdict */
/** @typedef {{ epoch: string | undefined, seq: number, need: 'none' | 'unasked' | 'asked' }} Track */

/**
 * @typedef {object} Update
 * @property {string} channel
 * @property {number} seq
 * @property {number} [prev]
 * @property {'snapshot'} [type]
 * @property {string} [epoch]
 * @property {Record<string, string>} data
 */

export class Continuity {
  /** @type {Map<string, Track>} */
  #tracks = new Map()

  /**
   * @param {Pick<Update, 'channel' | 'seq' | 'prev' | 'type' | 'epoch'>} update
   * @returns {Verdict}
   */
  take(update) {
    const held = this.#tracks.get(update.channel)
    if (update.type === 'snapshot') return this.#takeSnapshot(update, held)
    const track = held ?? this.#restart(update.channel, undefined, 'none')
    if (track.need === 'asked') return 'waiting'
    if (track.need === 'none') {
      if (update.seq <= track.seq) return 'duplicate'
      if ((update.prev ?? update.seq - 1) <= track.seq) {
        track.seq = update.seq
        return 'apply'
      }
    }
    track.need = 'asked'
    return 'gap'
  }

  /**
   * @param {string} channel
   * @param {string} epoch
   * @param {number} seq
   */
  enter(channel, epoch, seq) {
    const held = this.#tracks.get(channel)
    if (held === undefined) this.#restart(channel, epoch, seq === 0 ? 'none' : 'unasked')
    else if (held.epoch === undefined) held.epoch = epoch
    else if (held.epoch !== epoch) this.#restart(channel, epoch, held.seq === 0 && seq === 0 ? 'none' : 'unasked')
  }

  reconnected() {
    for (const track of this.#tracks.values()) if (track.need === 'asked') track.need = 'unasked'
  }

  /**
   * @param {Pick<Update, 'channel' | 'seq' | 'epoch'>} update
   * @param {Track | undefined} held
   * @returns {Verdict}
   */
  #takeSnapshot(update, held) {
    const epoch = update.epoch ?? held?.epoch
    if (held !== undefined && held.epoch === epoch && update.seq <= held.seq) {
      held.need = 'none'
      return 'duplicate'
    }
    this.#tracks.set(update.channel, { epoch, seq: update.seq, need: 'none' })
    return 'apply'
  }

  /**
   * @param {string} channel
   * @param {string | undefined} epoch
   * @param {Track['need']} need
   */
  #restart(channel, epoch, need) {
    /** @type {Track} */
    const track = { epoch, seq: 0, need }
    this.#tracks.set(channel, track)
    return track
  }
}
