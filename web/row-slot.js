// @ts-check
/** @typedef {import('./market.js').Instrument} Instrument */
/** @typedef {import('./columns.js').Column} Column */

/** A cell that flashes again within this time goes on with the motion it is in, ms. */
const FLASH_REST_MS = 250

const FLASHING = /** @type {const} */ (['bid', 'ask', 'last'])

/** The elements of one row, drawn for whichever instrument is at its place; writes to the page only what changed. */
export class RowSlot {
  element = document.createElement('tr')
  #columns
  #doubtOf
  /** @type {HTMLElement[]} */
  #cells = []
  /** @type {Text[]} */
  #texts = []
  #row = -1
  #version = -1
  #second = -1
  /** @type {Instrument | undefined} */
  #instrument
  #moves = { bid: 0, ask: 0, last: 0 }
  #flashedMs = { bid: 0, ask: 0, last: 0 }

  /**
   * @param {HTMLElement} parent
   * @param {readonly Column[]} columns
   * @param {(instrument: Instrument) => unknown} doubtOf
   */
  constructor(parent, columns, doubtOf) {
    this.#columns = columns
    this.#doubtOf = doubtOf
    this.element.className = 'row'
    this.element.hidden = true
    for (const column of columns) {
      const cell = document.createElement('td')
      cell.className = column.isNumber ? `cell number ${column.id}` : `cell ${column.id}`
      const text = document.createTextNode('')
      cell.append(text)
      this.#cells.push(cell)
      this.#texts.push(text)
      this.element.append(cell)
    }
    parent.append(this.element)
  }

  hide() {
    if (this.#row < 0) return
    this.#row = -1
    this.element.hidden = true
  }

  /**
   * @param {number} row
   * @param {number} top px
   * @param {Instrument} instrument
   * @param {number} nowMs
   */
  show(row, top, instrument, nowMs) {
    if (row !== this.#row) {
      this.#row = row
      this.element.hidden = false
      this.element.style.transform = `translateY(${top}px)`
      this.element.setAttribute('aria-rowindex', String(row + 2))
    }
    // Ages tick each second, also where nothing arrives.
    const second = Math.floor(nowMs / 1_000)
    const isSame = instrument === this.#instrument
    if (isSame && instrument.version === this.#version && second === this.#second) return
    this.#write(instrument, nowMs)
    if (isSame) this.#flash(instrument, nowMs)
    else this.#forgetFlashes()
    for (const field of FLASHING) this.#moves[field] = instrument.moves[field].count
    this.#instrument = instrument
    this.#version = instrument.version
    this.#second = second
  }

  /**
   * @param {Instrument} instrument
   * @param {number} nowMs
   */
  #write(instrument, nowMs) {
    for (const [index, column] of this.#columns.entries()) {
      const node = this.#texts[index]
      const text = column.text(instrument, nowMs)
      if (node === undefined || node.data === text) continue
      node.data = text
      if (column.id === 'change') this.#cellOf('change')?.setAttribute('data-sign', signOf(text))
      if (column.id !== 'state') continue
      const isDoubtful = this.#doubtOf(instrument) !== undefined
      this.element.classList.toggle('doubtful', isDoubtful)
      this.element.title = isDoubtful ? text : ''
    }
  }

  /**
   * @param {Instrument} instrument
   * @param {number} nowMs
   */
  #flash({ moves }, nowMs) {
    for (const field of FLASHING) {
      const { count, isUp } = moves[field]
      const cell = this.#cellOf(field)
      if (count === this.#moves[field] || cell === undefined) continue
      const { flash = '' } = cell.dataset
      const direction = isUp ? 'up' : 'down'
      if (flash.startsWith(direction) && nowMs - this.#flashedMs[field] < FLASH_REST_MS) continue
      this.#flashedMs[field] = nowMs
      cell.dataset.flash = flash === `${direction}-a` ? `${direction}-b` : `${direction}-a`
    }
  }

  #forgetFlashes() {
    for (const field of FLASHING) delete this.#cellOf(field)?.dataset.flash
  }

  /** @param {string} id */
  #cellOf(id) {
    return this.#cells[this.#columns.findIndex((column) => column.id === id)]
  }
}

/** @param {string} change */
function signOf(change) {
  return change.startsWith('+') ? '+' : change.startsWith('−') ? '-' : ''
}
