import { grouped, NOTHING, padDecimals, percentText } from '../decimal-text.ts'
import { doubtText, isMild, shortDoubtText } from '../doubt.ts'
import { make, setAttribute, TextCell } from '../element.ts'
import { markDoubt } from '../panel/panel.ts'
import type { WatchEntry } from './watch-entry.ts'

/** A cell that flashes again within this time goes on with the motion it is in, ms. */
const FLASH_REST_MS = 250
/** A spark line is drawn again no sooner, ms: nobody sees it move in less. */
const SPARK_REST_MS = 1_000
const SPARK_WIDTH = 64
const SPARK_HEIGHT = 20
const SVG = 'http://www.w3.org/2000/svg'

/** What makes a row look as it does, apart from its entry. */
export interface RowLook {
  /** It is the symbol that chart, book and trades show. */
  readonly isChosen: boolean
  /** The keyboard is at it. */
  readonly isActive: boolean
}

/** The elements of one row, drawn for whichever entry is at its place; writes to the page only what changed. */
export class WatchRow {
  readonly element = make('tr', 'watch-row')
  readonly #symbol = cell('symbol')
  readonly #venue = cell('venue')
  readonly #last = new TextCell(make('td', 'last number'))
  readonly #change = new TextCell(make('td', 'change number'))
  readonly #doubt = cell('doubt')
  readonly #line = document.createElementNS(SVG, 'polyline')
  #entry: WatchEntry | undefined
  #row = -1
  #version = -1
  #moveCount = 0
  #flashedMs = 0
  #sparkMs = 0

  constructor(id: string) {
    this.element.id = id
    this.element.hidden = true
    const name = gridCell('name', this.#symbol.element, this.#venue.element)
    const trend = gridCell('trend', sparkSvg(this.#line), this.#doubt.element)
    this.element.append(name, this.#last.element, this.#change.element, trend)
  }

  /** What it shows now. */
  get entry(): WatchEntry | undefined {
    return this.#row < 0 ? undefined : this.#entry
  }

  hide(): void {
    if (this.#row < 0) return
    this.#row = -1
    this.element.hidden = true
  }

  /** Shows an entry as row number `row`, `topPx` below the head of the list. */
  show(row: number, topPx: number, entry: WatchEntry, look: RowLook, nowMs: number): void {
    if (row !== this.#row) {
      this.#row = row
      this.element.hidden = false
      this.element.style.transform = `translateY(${topPx}px)`
      this.element.setAttribute('aria-rowindex', String(row + 2))
    }
    setAttribute(this.element, 'aria-selected', String(look.isChosen))
    setAttribute(this.element, 'data-active', look.isActive ? '' : undefined)
    const isSame = entry === this.#entry
    if (isSame && entry.version === this.#version) return
    this.#write(entry, isSame, nowMs)
    if (!isSame) this.#last.element.removeAttribute('data-flash')
    else if (entry.moveCount !== this.#moveCount && (entry.doubt === undefined || isMild(entry.doubt)))
      this.#flash(entry.isUp, nowMs)
    this.#entry = entry
    this.#version = entry.version
    this.#moveCount = entry.moveCount
  }

  #write(entry: WatchEntry, isSame: boolean, nowMs: number): void {
    const { last, changePercent, doubt, decimals } = entry
    this.#symbol.write(entry.symbol)
    this.#venue.write(entry.venue)
    this.#last.write(last === '' ? NOTHING : grouped(padDecimals(last, decimals)))
    const change = percentText(changePercent)
    this.#change.write(change)
    setAttribute(this.#change.element, 'data-sign', signOf(change))
    if (this.#doubt.write(doubt === undefined ? '' : shortDoubtText(doubt))) {
      markDoubt(this.element, doubt)
      this.element.title = doubt === undefined ? '' : doubtText(doubt)
    }
    if (isSame && nowMs - this.#sparkMs < SPARK_REST_MS) return
    this.#sparkMs = nowMs
    const { spark } = entry
    this.#line.setAttribute('points', spark.isEmpty ? '' : spark.pointsIn(SPARK_WIDTH, SPARK_HEIGHT))
    setAttribute(this.#line, 'data-sign', spark.isUp ? '+' : '-')
  }

  #flash(isUp: boolean, nowMs: number): void {
    const { dataset } = this.#last.element
    const { flash = '' } = dataset
    const direction = isUp ? 'up' : 'down'
    if (flash.startsWith(direction) && nowMs - this.#flashedMs < FLASH_REST_MS) return
    this.#flashedMs = nowMs
    // Two names for the same motion: changing from one to the other starts it anew without a forced layout.
    dataset.flash = flash === `${direction}-a` ? `${direction}-b` : `${direction}-a`
  }
}

function cell(className: string): TextCell {
  return new TextCell(make('span', className))
}

function gridCell(className: string, ...children: readonly Element[]): HTMLElement {
  const made = make('td', className)
  made.append(...children)
  return made
}

function sparkSvg(line: SVGPolylineElement): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('class', 'spark')
  svg.setAttribute('viewBox', `0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`)
  svg.setAttribute('preserveAspectRatio', 'none')
  svg.setAttribute('aria-hidden', 'true')
  svg.append(line)
  return svg
}

function signOf(change: string): string | undefined {
  return change.startsWith('+') ? '+' : change.startsWith('−') ? '-' : undefined
}
