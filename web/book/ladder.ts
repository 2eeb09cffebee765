import type { LiveBook, Market } from '../../client/index.ts'
import { Decimals, grouped, NOTHING, padDecimals, withoutPadding } from '../decimal-text.ts'
import { element, make, TextCell } from '../element.ts'
import type { FrameLoop, Invalidate } from '../frame-loop.ts'
import { onShown, PanelDoubt } from '../panel/panel.ts'
import { type LadderLevel, ladderLevels } from './ladder-rows.ts'

/** Levels a side that are asked for; no screen shows more. */
const DEPTH = 20
const ROW_HEIGHT_PX = 20
/** The head of the table and the row with the middle price. */
const FIXED_HEIGHT_PX = 20 + 34
const LEAST_ROWS = 3
/** A size has no more decimals than this, or it would not fit. */
const SIZE_DECIMALS = 5

/** The order book of the chosen symbol: asks above, bids below, each with the sum of sizes up to its price. */
export class Ladder {
  readonly #market: Market
  readonly #invalidate: Invalidate
  readonly #doubt = new PanelDoubt(element('book'), element('book-doubt'))
  readonly #asks = new LadderSide(element('asks'))
  readonly #bids = new LadderSide(element('bids'))
  readonly #mid = new TextCell(element('book-mid'))
  readonly #spread = new TextCell(element('book-spread'))
  #symbol = ''
  #isShown = false
  #rows = LEAST_ROWS
  #live: LiveBook | undefined
  #decimals = decimalsOfNothing()

  constructor(market: Market, frames: FrameLoop) {
    this.#market = market
    this.#invalidate = frames.part(() => this.#draw())
    const table = element('ladder')
    new ResizeObserver(([entry]) => {
      const room = (entry?.contentRect.height ?? 0) - FIXED_HEIGHT_PX
      this.#rows = Math.max(LEAST_ROWS, Math.min(DEPTH, Math.floor(room / 2 / ROW_HEIGHT_PX)))
      this.#invalidate()
    }).observe(table)
    onShown(table, (isShown) => {
      this.#isShown = isShown
      this.#open()
    })
  }

  show(symbol: string): void {
    if (symbol === this.#symbol) return
    this.#symbol = symbol
    this.#decimals = decimalsOfNothing()
    this.#open()
  }

  /** Holds the book only while it is in sight. */
  #open(): void {
    this.#live?.close()
    this.#live = undefined
    if (this.#isShown && this.#symbol !== '') {
      this.#live = this.#market.book(this.#symbol, { depth: DEPTH })
      this.#live.onChange(this.#invalidate)
    }
    this.#invalidate()
  }

  #draw(): void {
    const live = this.#live
    const book = live?.value
    this.#doubt.show(book === undefined ? undefined : live?.quality)
    const { bids, asks } = ladderLevels(book?.bids ?? [], book?.asks ?? [], this.#rows)
    const { price, size } = this.#decimals
    for (const level of [...bids, ...asks]) {
      price.note(level.price)
      size.note(withoutPadding(level.size))
    }
    this.#asks.draw(asks, this.#rows, price.count, size.count)
    this.#bids.draw(bids, this.#rows, price.count, size.count)
    const { mid, spread } = book ?? {}
    this.#mid.write(mid === undefined ? NOTHING : grouped(padDecimals(mid, price.count)))
    this.#spread.write(
      spread === undefined ? NOTHING : `${padDecimals(spread, price.count)}  ${basisPoints(spread, mid)}`
    )
  }
}

function decimalsOfNothing(): { readonly price: Decimals; readonly size: Decimals } {
  return { price: new Decimals(), size: new Decimals(0, SIZE_DECIMALS) }
}

function basisPoints(spread: string, mid: string | undefined): string {
  const points = (Number(spread) / Number(mid)) * 10_000
  return Number.isFinite(points) ? `${points.toFixed(points < 10 ? 2 : 1)} bp` : ''
}

/** One side: a fixed pool of rows, the best price first. */
class LadderSide {
  readonly #parent: HTMLElement
  readonly #rows: LadderRow[] = []

  constructor(parent: HTMLElement) {
    this.#parent = parent
  }

  draw(levels: readonly LadderLevel[], count: number, priceDecimals: number, sizeDecimals: number): void {
    for (const row of this.#rows.splice(count)) row.element.remove()
    while (this.#rows.length < count) {
      const row = new LadderRow()
      this.#rows.push(row)
      this.#parent.append(row.element)
    }
    for (const [index, row] of this.#rows.entries()) row.draw(levels[index], priceDecimals, sizeDecimals)
  }
}

class LadderRow {
  readonly element = make('tr', 'ladder-row')
  readonly #price = new TextCell(make('td', 'price number'))
  readonly #size = new TextCell(make('td', 'size number'))
  readonly #total = new TextCell(make('td', 'total number'))
  readonly #bar = make('td', 'bar')
  #share = ''

  constructor() {
    this.#bar.ariaHidden = 'true'
    this.element.append(this.#price.element, this.#size.element, this.#total.element, this.#bar)
  }

  draw(level: LadderLevel | undefined, priceDecimals: number, sizeDecimals: number): void {
    this.#price.write(level === undefined ? '' : grouped(padDecimals(level.price, priceDecimals)))
    this.#size.write(level === undefined ? '' : grouped(padDecimals(withoutPadding(level.size), sizeDecimals)))
    this.#total.write(level === undefined ? '' : grouped(level.total.toFixed(sizeDecimals)))
    const share = (level?.share ?? 0).toFixed(3)
    if (share === this.#share) return
    this.#share = share
    this.#bar.style.transform = `scaleX(${share})`
  }
}
