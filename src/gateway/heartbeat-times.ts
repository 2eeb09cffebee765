/** Turns in an interval: each client has its own, so that not all are written to at once. */
export const TURNS = 10

/** A place that nobody has: never due. */
export const NO_PLACE = 0
const FIRST_PLACES = 1_024
/** Marks a free place: never due. */
const NEVER = Number.POSITIVE_INFINITY

/**
 * When the last heartbeat of each client was due, and its last frame of the stream came; in turns, of which an interval has
 * `TURNS`.
 *
 * Two numbers for each client, side by side for all of them: what is looked at in every turn must not be spread over the
 * memory of thousands of clients.
 */
export class HeartbeatTimes {
  #turn = 0
  /** By place. A heartbeat that came late does not put the next one off. */
  #beats = new Float64Array(FIRST_PLACES).fill(NEVER)
  /** By place. */
  #frames = new Float64Array(FIRST_PLACES)
  #used = NO_PLACE + 1
  readonly #free: number[] = []

  /** Gives a client a place, and with it its turn; its first heartbeat is due within an interval. */
  add(): number {
    const place = this.#free.pop() ?? this.#used++
    if (place === this.#beats.length) this.#grow()
    const sinceItsTurn = (this.#turn + TURNS - (place % TURNS)) % TURNS
    this.#beats[place] = this.#turn - sinceItsTurn
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

  /** A client is sent a frame of updates. */
  noteFrame(place: number): void {
    this.#frames[place] = this.#turn
  }

  /**
   * Begins the next turn.
   *
   * @returns places of clients whose heartbeat must go alone now: it is due, and either it has waited for an interval, or
   * no frame came in one.
   */
  beginTurn(): number[] {
    this.#turn += 1
    const alone: number[] = []
    for (let place = NO_PLACE + 1; place < this.#used; place++) {
      const sinceBeat = this.#turn - (this.#beats[place] as number)
      if (sinceBeat < TURNS) continue
      // A frame may have come at any moment of its turn.
      if (this.#turn - (this.#frames[place] as number) > TURNS || sinceBeat >= 2 * TURNS) alone.push(place)
    }
    return alone
  }

  #grow(): void {
    const beats = new Float64Array(2 * this.#beats.length).fill(NEVER)
    const frames = new Float64Array(beats.length)
    beats.set(this.#beats)
    frames.set(this.#frames)
    this.#beats = beats
    this.#frames = frames
  }
}
