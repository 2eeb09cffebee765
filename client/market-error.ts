import type { CodedError } from '../src/protocol/codes.ts'

/** Number and name of a reason to end, as in docs/protocol.md; 0 for one that is not of the server. */
export interface Ending {
  readonly code: number
  readonly name: string
}

/** The client itself has closed it. */
export const CLOSED: Ending = { code: 0, name: 'closed' }

/** A request that was refused, or an answer that did not come. */
export class MarketError extends Error {
  override readonly name = 'MarketError'
  /** Stable number of the refusal, see docs/protocol.md; 0 when there was no answer. */
  readonly code: number
  /** Stable name of the refusal, e.g. `unknownChannel`. */
  readonly reason: string
  /** Whether the same request may succeed later. */
  readonly temporary: boolean

  /** What has ended for good. */
  static final(message: string, { code = 0, name }: Partial<Ending> = {}): MarketError {
    return new MarketError({ code, name: name || 'refused', message, temporary: false })
  }

  constructor(
    { code, name, message, temporary }: Omit<CodedError, 'name'> & { readonly name: string },
    options?: { readonly cause: unknown }
  ) {
    super(message, options)
    this.code = code
    this.reason = name
    this.temporary = temporary
  }
}
