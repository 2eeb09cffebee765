import type { LiveTrade, LiveTrades, Market } from '../../client/index.ts'
import { Decimals, grouped, padDecimals, withoutPadding } from '../decimal-text.ts'
import { element, make, setAttribute, TextCell } from '../element.ts'
import type { FrameLoop, Invalidate } from '../frame-loop.ts'
import { onShown, PanelDoubt } from '../panel/panel.ts'
import { clockText } from '../time-text.ts'

/** Trades that are held; no screen shows more. */
const KEEP = 80
const ROW_HEIGHT_PX = 20
const SIZE_DECIMALS = 5

/** The trades of the chosen symbol, newest first, as many as fit. */
export class Tape {
  readonly #market: Market
  readonly #invalidate: Invalidate
  readonly #doubt = new PanelDoubt(element('trades'), element('trades-doubt'))
  readonly #missed = new TextCell(element('trades-missed'))
  readonly #list = element('tape')
  readonly #rows: TapeRow[] = []
  #symbol = ''
  /** Trades that came since the symbol was chosen; the newest one is drawn by row `#count % rows`. */
  #count = 0
  #newest: LiveTrade | undefined
  #isShown = false
  #live: LiveTrades | undefined
  #price = new Decimals()
  #size = new Decimals(0, SIZE_DECIMALS)

  constructor(market: Market, frames: FrameLoop) {
    this.#market = market
    this.#invalidate = frames.part(() => this.#draw())
    new ResizeObserver(([entry]) => this.#fit(entry?.contentRect.height ?? 0)).observe(this.#list)
    onShown(this.#list, (isShown) => {
      this.#isShown = isShown
      this.#open()
    })
  }

  show(symbol: string): void {
    if (symbol === this.#symbol) return
    this.#symbol = symbol
    this.#price = new Decimals()
    this.#size = new Decimals(0, SIZE_DECIMALS)
    this.#open()
  }

  /** Holds the trades only while they are in sight. */
  #open(): void {
    this.#live?.close()
    this.#live = undefined
    this.#newest = undefined
    if (this.#isShown && this.#symbol !== '') {
      this.#live = this.#market.trades(this.#symbol, { keep: KEEP })
      this.#live.onChange(this.#invalidate)
    }
    this.#invalidate()
  }

  #fit(heightPx: number): void {
    const count = Math.min(KEEP, Math.floor(heightPx / ROW_HEIGHT_PX))
    for (const row of this.#rows.splice(count)) row.element.remove()
    while (this.#rows.length < count) {
      const row = new TapeRow()
      this.#rows.push(row)
      this.#list.append(row.element)
    }
    this.#invalidate()
  }

  #draw(): void {
    const live = this.#live
    const trades = live?.value ?? []
    this.#doubt.show(trades.length === 0 ? undefined : live?.quality)
    const missed = live?.missed ?? 0
    this.#missed.write(missed === 0 ? '' : `${missed.toLocaleString('en')} missed`)
    this.#note(trades)
    const size = this.#rows.length
    for (let place = 0; place < size; place++) {
      const row = this.#rows[(this.#count - place + size) % size]
      row?.draw(trades[trades.length - 1 - place], place, this.#price.count, this.#size.count)
    }
  }

  /** Counts the trades that came since the last frame, and what decimals those in sight have. */
  #note(trades: readonly LiveTrade[]): void {
    const newest = trades.at(-1)
    const heldPlace = this.#newest === undefined ? -1 : trades.lastIndexOf(this.#newest)
    this.#count += trades.length - 1 - heldPlace
    this.#newest = newest
    for (const { price, size } of trades.slice(-this.#rows.length)) {
      this.#price.note(price)
      this.#size.note(withoutPadding(size))
    }
  }
}

class TapeRow {
  readonly element = make('tr', 'tape-row')
  readonly #time = new TextCell(make('td', 'time number'))
  readonly #price = new TextCell(make('td', 'price number'))
  readonly #size = new TextCell(make('td', 'size number'))
  #trade: LiveTrade | undefined
  #place = -1
  #decimals = ''

  constructor() {
    for (const { element: cell } of [this.#price, this.#size, this.#time]) {
      this.element.append(cell)
    }
  }

  /** Shows a trade `place` rows below the top. */
  draw(trade: LiveTrade | undefined, place: number, priceDecimals: number, sizeDecimals: number): void {
    if (place !== this.#place) {
      this.#place = place
      this.element.style.transform = `translateY(${place * ROW_HEIGHT_PX}px)`
      this.element.ariaRowIndex = String(place + 2)
    }
    const decimals = `${priceDecimals} ${sizeDecimals}`
    if (trade === this.#trade && decimals === this.#decimals) return
    this.#trade = trade
    this.#decimals = decimals
    this.#time.write(trade === undefined ? '' : clockText(trade.exchangeTime))
    this.#price.write(trade === undefined ? '' : grouped(padDecimals(trade.price, priceDecimals)))
    this.#size.write(trade === undefined ? '' : grouped(padDecimals(withoutPadding(trade.size), sizeDecimals)))
    setAttribute(this.element, 'data-side', trade?.side)
  }
}
