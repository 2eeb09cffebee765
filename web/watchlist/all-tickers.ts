import type { WatchEntry } from './watch-entry.ts'

interface TickersPage {
  readonly tickers: readonly {
    readonly ticker: string
    readonly data: { readonly last: string; readonly changePercent: string }
  }[]
  readonly next: string | null
}

const PAGE_ENTRIES = 1_000

/**
 * Looks up the newest price of every symbol: what an order by price or change needs, of those out of sight, too.
 *
 * Subscribing to all of them would cost a stream of thousands of symbols; this costs one answer for each look.
 */
export async function lookUpTickers(entries: ReadonlyMap<string, WatchEntry>): Promise<void> {
  let after: string | null = ''
  while (after !== null) {
    const page: string = after === '' ? '' : `&after=${encodeURIComponent(after)}`
    const response = await fetch(`/api/v1/tickers?limit=${PAGE_ENTRIES}${page}`)
    if (!response.ok) return
    const { tickers, next } = (await response.json()) as TickersPage
    for (const { ticker, data } of tickers) entries.get(ticker)?.set(data.last, Number(data.changePercent))
    after = next
  }
}
