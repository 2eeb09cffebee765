import type { WatchEntry } from './watch-entry.ts'
import { WatchRow } from './watch-row.ts'

/** Rows drawn beyond each edge, so that a quick scroll does not show empty ones. */
const OVERSCAN = 4
const DEFAULT_ROW_HEIGHT_PX = 28

/**
 * Draws the rows that are in sight, and no others: a fixed pool of elements is moved to where the user looks. They stand
 * in the page in the order in which they are seen, which is the order in which they are read aloud.
 *
 * `render` only writes. Sizes and the scroll position are learnt from events, so that no frame waits for a layout.
 */
export class WatchRows {
  readonly #scroller: HTMLElement
  readonly #rows: HTMLElement
  #rowHeightPx = DEFAULT_ROW_HEIGHT_PX
  #scrollTopPx = 0
  #viewHeightPx = 0
  #view: readonly WatchEntry[] = []
  /** Row `i` is drawn by slot `i % length`, so that scrolling by one row moves one element. */
  #slots: WatchRow[] = []
  /** The slot whose element is the first in the page; the others follow in a ring. */
  #head = 0

  /** `onMoved` is told when other rows than before are in sight. */
  constructor(scroller: HTMLElement, rows: HTMLElement, onMoved: () => void) {
    this.#scroller = scroller
    this.#rows = rows
    scroller.addEventListener('scroll', () => {
      this.#scrollTopPx = scroller.scrollTop
      onMoved()
    })
    new ResizeObserver(([entry]) => {
      this.#viewHeightPx = entry?.contentRect.height ?? 0
      const height = Number.parseInt(getComputedStyle(rows).getPropertyValue('--row-height'), 10)
      this.#rowHeightPx = height > 0 ? height : DEFAULT_ROW_HEIGHT_PX
      this.#resizeRows()
      this.#fitSlots()
      onMoved()
    }).observe(scroller)
  }

  /** Which entries to show, in this order. */
  setView(view: readonly WatchEntry[]): void {
    const hasNewSize = view.length !== this.#view.length
    this.#view = view
    if (hasNewSize) this.#resizeRows()
  }

  /** The entries that are drawn, those just beyond the edges among them. */
  inSight(): readonly WatchEntry[] {
    const first = this.#first()
    return this.#view.slice(first, first + this.#slots.length)
  }

  /** Rows that fit, for the page keys. */
  get pageRows(): number {
    return Math.max(1, Math.floor(this.#viewHeightPx / this.#rowHeightPx) - 1)
  }

  /** The element that draws a row, if it is in sight. */
  idOf(row: number): string | undefined {
    const slot = this.#slots[row % this.#slots.length]
    return slot !== undefined && slot.entry === this.#view[row] ? slot.element.id : undefined
  }

  scrollTo(row: number): void {
    const topPx = row * this.#rowHeightPx
    // The head sticks to the top of the scroller and takes room of one row.
    const lastTopPx = this.#scrollTopPx + this.#viewHeightPx - 2 * this.#rowHeightPx
    if (topPx < this.#scrollTopPx) this.#scroller.scrollTop = topPx
    else if (topPx > lastTopPx) this.#scroller.scrollTop = topPx - this.#viewHeightPx + 2 * this.#rowHeightPx
  }

  /** Brings what is in sight up to date. */
  render(chosen: string, active: number, nowMs: number): void {
    const count = this.#slots.length
    const first = this.#first()
    this.#turnTo(count === 0 ? 0 : first % count)
    for (let row = first; row < first + count; row++) {
      const slot = this.#slots[row % count]
      const entry = this.#view[row]
      if (entry === undefined) slot?.hide()
      else {
        const look = { isChosen: entry.ticker === chosen, isActive: row === active }
        slot?.show(row, row * this.#rowHeightPx, entry, look, nowMs)
      }
    }
  }

  #first(): number {
    return Math.max(0, Math.floor(this.#scrollTopPx / this.#rowHeightPx) - OVERSCAN)
  }

  /** Makes a slot the first in the page, the shorter way round: scrolling by a few rows moves as many elements. */
  #turnTo(head: number): void {
    const count = this.#slots.length
    const forward = (head - this.#head + count) % count
    this.#head = head
    if (forward <= count / 2) {
      for (let n = 0; n < forward; n++) this.#rows.append(this.#rows.firstElementChild ?? '')
    } else {
      for (let n = forward; n < count; n++) this.#rows.prepend(this.#rows.lastElementChild ?? '')
    }
  }

  #resizeRows(): void {
    this.#rows.style.height = `${this.#view.length * this.#rowHeightPx}px`
    this.#scroller.setAttribute('aria-rowcount', String(this.#view.length + 1))
  }

  #fitSlots(): void {
    const count = this.#viewHeightPx === 0 ? 0 : Math.ceil(this.#viewHeightPx / this.#rowHeightPx) + 2 * OVERSCAN
    this.#slots.splice(count)
    while (this.#slots.length < count) {
      this.#slots.push(new WatchRow(`watch-row-${this.#slots.length}`))
    }
    this.#rows.replaceChildren(...this.#slots.map(({ element }) => element))
    this.#head = 0
    // With another number of slots, or another height, every row is drawn by another one.
    for (const slot of this.#slots) slot.hide()
  }
}
