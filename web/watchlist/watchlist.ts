import type { Market, SymbolInfo } from '../../client/index.ts'
import type { Doubt } from '../doubt.ts'
import { element, setAttribute } from '../element.ts'
import type { FrameLoop, Invalidate } from '../frame-loop.ts'
import type { PageChoices } from '../page-state.ts'
import { lookUpTickers } from './all-tickers.ts'
import { SparkSeeds } from './spark-seeds.ts'
import { intervalsOf, WatchEntry } from './watch-entry.ts'
import { WatchKeys } from './watch-keys.ts'
import { WatchRows } from './watch-rows.ts'
import { isMoving, nextOrder, SORT_COLUMNS, type SortOrder, sortEntries, sortOrder } from './watch-sorting.ts'
import { WatchSubscriptions } from './watch-subscriptions.ts'

/** How often an order by price or change is made anew, ms. */
const SORT_INTERVAL_MS = 3_000

/** The list of all symbols: searched, sorted, walked through by keyboard, live where it is in sight. */
export class Watchlist {
  readonly #choices: PageChoices
  readonly #entries = new Map<string, WatchEntry>()
  readonly #rows: WatchRows
  readonly #keys: WatchKeys
  readonly #subscriptions: WatchSubscriptions
  readonly #seeds: SparkSeeds
  readonly #search = element('search', HTMLInputElement)
  readonly #grid = element('watch-grid')
  readonly #empty = element('watch-empty')
  readonly #invalidate: Invalidate
  #view: readonly WatchEntry[] = []
  #isViewOld = false
  #emptyText = 'Connecting …'

  constructor(market: Market, frames: FrameLoop, choices: PageChoices) {
    this.#choices = choices
    this.#invalidate = frames.part((nowMs) => this.#draw(nowMs))
    this.#rows = new WatchRows(this.#grid, element('watch-rows'), this.#invalidate)
    this.#subscriptions = new WatchSubscriptions(market, this.#invalidate)
    this.#seeds = new SparkSeeds(market, this.#invalidate)
    this.#keys = new WatchKeys(this.#grid, this.#search, {
      count: () => this.#view.length,
      pageRows: () => this.#rows.pageRows,
      onMove: (row) => {
        this.#rows.scrollTo(row)
        this.#invalidate()
      },
      onPick: (row) => this.#pick(row),
      onClear: () => this.#clearSearch()
    })
    // A table for those who read it, and a grid for those who walk through it by keyboard.
    this.#grid.role = 'grid'
    this.#grid.tabIndex = 0
    this.#listen()
    setInterval(() => void this.#lookUp(), SORT_INTERVAL_MS)
  }

  get entries(): ReadonlyMap<string, WatchEntry> {
    return this.#entries
  }

  /** What is known of the symbols in sight: why each is in doubt, if it is. */
  doubts(): Map<string, Doubt | undefined> {
    const known = this.#rows.inSight().filter(({ last, doubt }) => last !== '' || doubt !== undefined)
    return new Map(known.map(({ ticker, doubt }) => [ticker, doubt]))
  }

  /** Takes in which symbols there are; those that are known stay what they are. */
  setSymbols(symbols: readonly SymbolInfo[]): void {
    for (const symbol of symbols) {
      const held = this.#entries.get(symbol.ticker)
      if (held === undefined || held.hasTicker !== symbol.kinds.includes('ticker')) {
        this.#entries.set(symbol.ticker, new WatchEntry(symbol))
      } else held.intervals = intervalsOf(symbol)
    }
    const venues = new Set(symbols.map(({ venue }) => venue))
    setAttribute(this.#grid, 'data-one-venue', venues.size === 1 ? '' : undefined)
    element('watch-count').textContent = this.#entries.size.toLocaleString('en')
    this.#changeView()
    void this.#lookUp()
  }

  /** Why there is nothing to show, as long as there is nothing. */
  explainEmptiness(text: string): void {
    this.#emptyText = text
    this.#changeView()
  }

  get #order(): SortOrder {
    return sortOrder(this.#choices.state.sort)
  }

  #listen(): void {
    this.#search.addEventListener('input', () => {
      this.#keys.activate(0)
      this.#changeView()
    })
    for (const column of SORT_COLUMNS) {
      element(`sort-${column}`).addEventListener('click', () => {
        this.#choices.choose({ sort: nextOrder(this.#order, column) })
      })
    }
    element('watch-rows').addEventListener('click', ({ target }) => {
      const row = target instanceof Element ? target.closest('.watch-row') : null
      const index = Number(row?.getAttribute('aria-rowindex')) - 2
      if (index >= 0) this.#pick(index)
    })
    this.#choices.onChange((state, before) => {
      if (state.sort !== before.sort) {
        this.#grid.scrollTop = 0
        this.#changeView()
        void this.#lookUp()
      } else this.#invalidate()
    })
  }

  #pick(row: number): void {
    const entry = this.#view[row]
    if (entry === undefined) return
    this.#keys.activate(row)
    this.#choices.choose({ symbol: entry.ticker, view: 'chart' })
  }

  #clearSearch(): void {
    this.#search.value = ''
    this.#changeView()
  }

  #changeView(): void {
    this.#isViewOld = true
    this.#invalidate()
  }

  async #lookUp(): Promise<void> {
    if (!isMoving(this.#order) || document.hidden) return
    // What cannot be looked up now is looked up the next time.
    await lookUpTickers(this.#entries).catch(() => undefined)
    this.#changeView()
  }

  #draw(nowMs: number): void {
    if (this.#isViewOld) this.#chooseView()
    const inSight = this.#rows.inSight()
    this.#subscriptions.follow(inSight)
    this.#seeds.follow(inSight)
    this.#rows.render(this.#choices.state.symbol, this.#keys.active, nowMs)
    const activeId = this.#rows.idOf(this.#keys.active)
    // Of the two only that counts which has the focus.
    for (const place of [this.#grid, this.#search]) setAttribute(place, 'aria-activedescendant', activeId)
    setAttribute(this.#search, 'aria-expanded', String(this.#view.length > 0))
  }

  #chooseView(): void {
    this.#isViewOld = false
    const order = this.#order
    const wanted = this.#search.value.trim().toUpperCase()
    const found = [...this.#entries.values()].filter(({ ticker }) => ticker.includes(wanted))
    this.#view = sortEntries(found, order)
    this.#rows.setView(this.#view)
    this.#keys.clamp()
    this.#empty.hidden = this.#view.length > 0
    this.#empty.textContent =
      this.#entries.size > 0 ? `No symbol contains “${this.#search.value.trim()}”` : this.#emptyText
    for (const column of SORT_COLUMNS) {
      const direction = order.isDescending ? 'descending' : 'ascending'
      setAttribute(element(`column-${column}`), 'aria-sort', column === order.column ? direction : undefined)
    }
  }
}
