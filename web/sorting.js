// @ts-check
import { COLUMNS } from './columns.js'

/** @typedef {import('./market.js').Instrument} Instrument */
/** @typedef {import('./columns.js').Column} Column */

/** The order of the rows, chosen by the buttons in the heads of the columns. */
export class Sorting {
  /** @type {Column} */
  #column = COLUMNS[0] ?? missing()
  #isDescending = false
  /** @type {Map<string, HTMLElement>} */
  #heads = new Map()

  /**
   * @param {HTMLElement} parent
   * @param {() => void} onChange
   */
  constructor(parent, onChange) {
    for (const column of COLUMNS) {
      const head = document.createElement('th')
      head.scope = 'col'
      head.className = column.isNumber ? `number ${column.id}` : column.id
      const button = document.createElement('button')
      button.type = 'button'
      button.textContent = column.label
      if (column.hint !== undefined) button.title = column.hint
      button.addEventListener('click', () => {
        this.#choose(column)
        onChange()
      })
      head.append(button)
      parent.append(head)
      this.#heads.set(column.id, head)
    }
    this.#mark()
  }

  /** True when the order may change without the user's doing. */
  get isMoving() {
    return this.#column.isMoving
  }

  /** Sorts in place; equal ones, and those without a value, by symbol. @param {Instrument[]} instruments */
  sort(instruments) {
    const sign = this.#isDescending ? -1 : 1
    const { key } = this.#column
    const keys = new Map(instruments.map((instrument) => [instrument, key(instrument)]))
    return instruments.sort((a, b) => {
      return (
        sign * compare(keys.get(a), keys.get(b), sign) || compare(a.symbol, b.symbol, 1) || compare(a.venue, b.venue, 1)
      )
    })
  }

  /** The first click on a number shows the highest; a second click on any column turns it round. @param {Column} column */
  #choose(column) {
    this.#isDescending = column === this.#column ? !this.#isDescending : column.isNumber
    this.#column = column
    this.#mark()
  }

  #mark() {
    for (const head of this.#heads.values()) head.removeAttribute('aria-sort')
    this.#heads.get(this.#column.id)?.setAttribute('aria-sort', this.#isDescending ? 'descending' : 'ascending')
  }
}

/**
 * @param {string | number | undefined} a
 * @param {string | number | undefined} b
 * @param {number} sign Keeps values that are not there at the end of either order.
 */
function compare(a = '', b = '', sign) {
  if (a === b) return 0
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : sign) : -sign
  return a < b ? -1 : 1
}

/** @returns {never} */
function missing() {
  throw new Error('there is no column to sort by')
}
