/** Which producers are there, and in which files? */

/** URLs of the producer files, by what they send. */
export const PRODUCER_FILES = {
  /** Trades or quotes at an exact rate. */
  scheduled: import.meta.resolve('./scheduled.worker.ts'),
  /** One plain event per tick: one of the article's producers. */
  plain: import.meta.resolve('./plain.worker.ts')
} as const

export type ProducerName = keyof typeof PRODUCER_FILES
