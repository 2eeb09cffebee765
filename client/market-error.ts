import type { CodedError } from '../src/protocol/codes.ts'

/** A request that was refused, or an answer that did not come. */
export class MarketError extends Error {
  override readonly name = 'MarketError'
  /** Stable number of the refusal, see docs/protocol.md; 0 when there was no answer. */
  readonly code: number
  /** Stable name of the refusal, e.g. `unknownChannel`. */
  readonly reason: string
  /** Whether the same request may succeed later. */
  readonly temporary: boolean

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
