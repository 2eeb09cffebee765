/** What one producer thread is asked to run; made from the configuration, sent to the thread. */
export type ProducerSpec = SyntheticSpec | ReplaySpec | ModuleSpec

interface Named {
  /** Unique name of the producer, e.g. `synthetic` or `replay-2`. */
  readonly name: string
}

/** The seeded market on venue `SIM`. */
export interface SyntheticSpec extends Named {
  readonly feed: 'synthetic'
  readonly seed: number
  /** 1 to 5,000. */
  readonly symbols: number
  /** Messages per second over all channels, 1 to 200,000. */
  readonly ratePerSecond: number
}

/** Recorded files as one session. */
export interface ReplaySpec extends Named {
  readonly feed: 'replay'
  /** Absolute paths, in the order of the session. */
  readonly files: readonly string[]
  /** Multiple of the recorded speed; `Infinity` for as fast as the clients take it. */
  readonly speed: number
  /** Start again at the end of the last file. */
  readonly loop: boolean
  /** Wait for the first subscriber. */
  readonly hold: boolean
}

/** A producer file of the user's own. */
export interface ModuleSpec extends Named {
  readonly feed: 'module'
  /** Absolute path. */
  readonly file: string
}
