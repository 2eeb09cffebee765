// @ts-check
import { COLUMNS } from './columns.js'
import { doubtOf } from './market.js'
import { RowSlot } from './row-slot.js'

/** @typedef {import('./market.js').Instrument} Instrument */

/** Rows drawn beyond each edge, so that a quick scroll does not show empty ones. */
const OVERSCAN = 6

/**
 * Draws the rows that are in sight, and no others: a fixed pool of elements is moved to where the user looks.
 *
 * `render` only writes. Sizes and the scroll position are learnt from events, so that no frame waits for a layout.
 */
export class QuoteTable {
  #scroller
  #table
  #rows
  #rowHeight = 26
  #scrollTop = 0
  #viewHeight = 0
  /** @type {readonly Instrument[]} */
  #view = []
  /** Row `i` is drawn by slot `i % length`, so that scrolling by one row moves one element. @type {RowSlot[]} */
  #slots = []

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} table
   * @param {HTMLElement} rows
   * @param {() => void} requestFrame Asks for a call of `render`.
   */
  constructor(scroller, table, rows, requestFrame) {
    this.#scroller = scroller
    this.#table = table
    this.#rows = rows
    // Not every browser lets the keyboard into a scrolling region by itself.
    scroller.tabIndex = 0
    scroller.addEventListener('scroll', () => {
      this.#scrollTop = scroller.scrollTop
      requestFrame()
    })
    new ResizeObserver(([entry]) => {
      this.#viewHeight = entry?.contentRect.height ?? 0
      this.#rowHeight = Number.parseInt(getComputedStyle(rows).getPropertyValue('--row-height'), 10)
      this.#resizeRows()
      this.#fitSlots()
      requestFrame()
    }).observe(scroller)
  }

  /** Which instruments to show, in this order. @param {readonly Instrument[]} view */
  setView(view) {
    const hasNewSize = view.length !== this.#view.length
    this.#view = view
    if (hasNewSize) this.#resizeRows()
  }

  scrollToTop() {
    this.#scroller.scrollTop = 0
  }

  /** Brings what is in sight up to date. @param {number} nowMs */
  render(nowMs) {
    const count = this.#slots.length
    if (count === 0) return
    const first = Math.max(0, Math.floor(this.#scrollTop / this.#rowHeight) - OVERSCAN)
    for (let row = first; row < first + count; row++) {
      const slot = this.#slots[row % count]
      const instrument = this.#view[row]
      if (instrument === undefined) slot?.hide()
      else slot?.show(row, row * this.#rowHeight, instrument, nowMs)
    }
  }

  #resizeRows() {
    this.#rows.style.height = `${this.#view.length * this.#rowHeight}px`
    this.#table.setAttribute('aria-rowcount', String(this.#view.length + 1))
  }

  #fitSlots() {
    const count = Math.ceil(this.#viewHeight / this.#rowHeight) + 2 * OVERSCAN
    for (const slot of this.#slots.splice(count)) slot.element.remove()
    while (this.#slots.length < count) this.#slots.push(new RowSlot(this.#rows, COLUMNS, doubtOf))
    // With another number of slots, or another height, every row is drawn by another one.
    for (const slot of this.#slots) slot.hide()
  }
}
