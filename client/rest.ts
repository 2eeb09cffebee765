import type { Quality } from '../src/protocol/feed-message.ts'
import { MarketError } from './market-error.ts'

/** A symbol with its channels, as `GET /api/v1/symbols` tells it. */
export interface SymbolInfo {
  /** `VENUE:SYMBOL`: what the methods of a market take. */
  readonly ticker: string
  readonly venue: string
  readonly symbol: string
  /** The worst of its channels. */
  readonly quality: Quality
  /** Kinds of its channels, e.g. `quote`, `trade`. */
  readonly kinds: readonly string[]
  readonly channels: readonly { readonly channel: string; readonly kind: string; readonly quality: Quality }[]
}

type Query = Readonly<Record<string, string | number | undefined>>

const TIMEOUT_MS = 10_000
/** The most the server answers at once. */
const SYMBOLS_PAGE = 1_000

/** The server's REST side. */
export class Rest {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>

  constructor(url: string, token: string | undefined) {
    this.#url = url
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  }

  /** @throws MarketError when there is no answer, or a refusal. */
  async get<T>(path: string, query: Query = {}): Promise<T> {
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
    try {
      const response = await fetch(`${this.#url}${path}?${search}`, {
        headers: this.#headers,
        signal: AbortSignal.timeout(TIMEOUT_MS)
      })
      if (!response.ok) throw await refusalOf(response)
      return (await response.json()) as T
    } catch (error) {
      if (error instanceof MarketError) throw error
      const refusal = { code: 0, name: 'noAnswer', message: `${path}: ${String(error)}`, temporary: true }
      throw new MarketError(refusal, { cause: error })
    }
  }

  /** Every symbol there is, all pages of them. */
  async symbols(): Promise<SymbolInfo[]> {
    const symbols: SymbolInfo[] = []
    let after: string | undefined
    do {
      const page = await this.get<{ readonly symbols: readonly SymbolInfo[]; readonly next?: string | null }>(
        '/api/v1/symbols',
        { limit: SYMBOLS_PAGE, after }
      )
      symbols.push(...page.symbols)
      after = page.next ?? undefined
    } while (after !== undefined)
    return symbols
  }
}

async function refusalOf(response: Response): Promise<MarketError> {
  const body = (await response.json().catch(() => ({}))) as {
    readonly code?: string
    readonly detail?: string
    readonly errmsg?: string
  }
  const { code = `http${response.status}`, errmsg = response.statusText, detail = errmsg } = body
  const temporary = response.status >= 500 || response.status === 429
  return new MarketError({ code: response.status, name: code, message: detail, temporary })
}
