import { type ChartInterval, INTERVALS } from './chart/chart-interval.ts'

/** Which part a phone shows; on a wide screen all of them are in sight. */
export const VIEWS = ['watch', 'chart', 'book', 'trades'] as const
export type View = (typeof VIEWS)[number]

/** Parts that can be put away on a wide screen. */
export const PANELS = ['watch', 'book', 'trades'] as const
export type Panel = (typeof PANELS)[number]

/** What the user chose; all of it stands in the address, so that a link or a reload shows the same. */
export interface PageState {
  /** `VENUE:SYMBOL`; empty: the first one there is. */
  readonly symbol: string
  /** `auto`: as the history there is suggests. */
  readonly interval: ChartInterval | 'auto'
  /** Periods of the moving averages that are drawn. */
  readonly averages: readonly number[]
  /** Column of the watchlist, with `-` before it for descending. */
  readonly sort: string
  readonly view: View
  readonly hidden: readonly Panel[]
}

const DEFAULTS: PageState = { symbol: '', interval: 'auto', averages: [20], sort: 'symbol', view: 'watch', hidden: [] }

/** Holds the choices, keeps the address in step, and tells those who draw by them. */
export class PageChoices {
  readonly #listeners = new Set<(state: PageState, before: PageState) => void>()
  #state: PageState

  constructor() {
    this.#state = fromAddress(new URLSearchParams(location.search))
    addEventListener('popstate', () => this.#apply(fromAddress(new URLSearchParams(location.search))))
  }

  get state(): PageState {
    return this.#state
  }

  /** Takes over a choice. Another symbol is a step to which the browser's back button returns. */
  choose(change: Partial<PageState>): void {
    const before = this.#state
    const next = { ...before, ...change }
    const address = toAddress(next)
    if (address !== toAddress(before)) {
      const isStep = before.symbol !== '' && next.symbol !== before.symbol
      const target = `${location.pathname}${address === '' ? '' : `?${address}`}`
      if (isStep) history.pushState(null, '', target)
      else history.replaceState(null, '', target)
    }
    this.#apply(next)
  }

  onChange(listener: (state: PageState, before: PageState) => void): void {
    this.#listeners.add(listener)
  }

  #apply(next: PageState): void {
    const before = this.#state
    this.#state = next
    for (const listener of this.#listeners) listener(next, before)
  }
}

/** Values that make no sense count as not given: an address can be typed by anyone. */
function fromAddress(query: URLSearchParams): PageState {
  const list = (name: string) => query.get(name)?.split(',')
  const averages = list('ma')?.map(Number)
  return {
    symbol: query.get('symbol')?.toUpperCase() ?? DEFAULTS.symbol,
    interval: oneOf(INTERVALS, query.get('interval')) ?? DEFAULTS.interval,
    averages: averages?.filter((period) => Number.isInteger(period) && period > 0) ?? DEFAULTS.averages,
    sort: query.get('sort') ?? DEFAULTS.sort,
    view: oneOf(VIEWS, query.get('view')) ?? DEFAULTS.view,
    hidden: PANELS.filter((panel) => list('hide')?.includes(panel))
  }
}

function toAddress({ symbol, interval, averages, sort, view, hidden }: PageState): string {
  const query = new URLSearchParams()
  if (symbol !== DEFAULTS.symbol) query.set('symbol', symbol)
  if (interval !== DEFAULTS.interval) query.set('interval', interval)
  if (averages.join() !== DEFAULTS.averages.join()) query.set('ma', averages.join())
  if (sort !== DEFAULTS.sort) query.set('sort', sort)
  if (view !== DEFAULTS.view) query.set('view', view)
  if (hidden.length > 0) query.set('hide', hidden.join())
  // Colons and commas may stand in a query as they are, and are read more easily so.
  return query.toString().replaceAll('%3A', ':').replaceAll('%2C', ',')
}

function oneOf<Value extends string>(values: readonly Value[], text: string | null): Value | undefined {
  return values.find((value) => value === text)
}
