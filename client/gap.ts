/** A place where a channel could not be proven to be without a hole. The SDK has mended it, or is about to. */
export interface Gap {
  readonly channel: string
  /**
   * `hole`: updates are missing in the stream. `restart`: the channel began a new life, what was between is not known.
   * `resync`: after a lost connection the server could not prove that nothing was missed. `skipped`: events were left
   * out, because this client read too slowly or was away for too long.
   */
  readonly cause: 'hole' | 'restart' | 'resync' | 'skipped'
  /** Events that did not come, where that is known; for channels of states always 0. */
  readonly missed: number
}
