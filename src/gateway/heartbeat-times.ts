/** Turns in an interval: each client has its own, so that not all are written to at once. */
export const TURNS = 10

/** A place that nobody has: never due. */
export const NO_PLACE = 0
const FIRST_PLACES = 1_024
/** The heartbeat before the next one of who is not there: far ahead, so that none is ever due. */
const NEVER = 0x7f_ff_ff_ff

/**
 * When each client had its last heartbeat and its last frame of the stream, in turns: tenths of the interval between two
 * heartbeats.
 *
 * Two numbers for each client, side by side for all of them: what is looked at ten times a second must not be spread over
 * the memory of thousands of clients.
 */
export class HeartbeatTimes {
  #turn = 0
  /** The turn in which the last one was due, by place: a heartbeat that came late does not put the next one off. */
  #beats = new Int32Array(FIRST_PLACES).fill(NEVER)
  #frames = new Int32Array(FIRST_PLACES)
  #used = NO_PLACE + 1
  readonly #free: number[] = []

  /** Gives a client a place; its first heartbeat is due within an interval. */
  add(): number {
    const place = this.#free.pop() ?? this.#used++
    if (place === this.#beats.length) this.#grow()
    this.#beats[place] = this.#turn - (place % TURNS)
    this.#frames[place] = this.#turn - TURNS
    return place
  }

  remove(place: number): void {
    this.#beats[place] = NEVER
    this.#free.push(place)
  }

  /** Says whether a heartbeat goes with the next frame for a client. */
  isDue(place: number): boolean {
    return this.#turn - (this.#beats[place] as number) >= TURNS
  }

  /** A client is sent the heartbeat that was due. */
  noteBeat(place: number): void {
    this.#beats[place] = this.#turn - ((this.#turn - (this.#beats[place] as number)) % TURNS)
  }

  /** A client is sent a frame of the stream. */
  noteFrame(place: number): void {
    this.#frames[place] = this.#turn
  }

  /**
   * Begins the next turn.
   *
   * @returns places of clients whose heartbeat must go alone now: it is due, and either it has waited for an interval, or
   * no frame came in one.
   */
  next(): number[] {
    const turn = ++this.#turn
    const alone: number[] = []
    for (let place = NO_PLACE + 1; place < this.#used; place++) {
      const sinceBeat = turn - (this.#beats[place] as number)
      if (sinceBeat < TURNS) continue
      // A frame may have come at any moment of its turn.
      if (turn - (this.#frames[place] as number) > TURNS || sinceBeat >= 2 * TURNS) alone.push(place)
    }
    return alone
  }

  #grow(): void {
    const beats = new Int32Array(2 * this.#beats.length).fill(NEVER)
    const frames = new Int32Array(beats.length)
    beats.set(this.#beats)
    frames.set(this.#frames)
    this.#beats = beats
    this.#frames = frames
  }
}
