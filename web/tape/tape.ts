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
  /** From top to bottom, as they stand in the page: who has it read aloud hears the newest trade first. */
  readonly #rows: TapeRow[] = []
  #symbol = ''
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
    this.#noteDecimals(trades)
    this.#moveUp(this.#newCount(trades))
    for (const [place, row] of this.#rows.entries()) {
      row.draw(trades[trades.length - 1 - place], this.#price.count, this.#size.count)
    }
  }

  /** How many trades came since the last frame. */
  #newCount(trades: readonly LiveTrade[]): number {
    const heldPlace = this.#newest === undefined ? -1 : trades.lastIndexOf(this.#newest)
    this.#newest = trades.at(-1)
    return trades.length - 1 - heldPlace
  }

  /** Takes as many rows from the foot to the top: those between keep their trades. When all are new, none need move. */
  #moveUp(count: number): void {
    if (count <= 0 || count >= this.#rows.length) return
    const moved = this.#rows.splice(-count)
    this.#rows.unshift(...moved)
    this.#list.prepend(...moved.map(({ element: row }) => row))
  }

  #noteDecimals(trades: readonly LiveTrade[]): void {
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
  #decimals = ''

  constructor() {
    this.element.hidden = true
    for (const { element: cell } of [this.#price, this.#size, this.#time]) {
      this.element.append(cell)
    }
  }

  /** Shows a trade, or nothing. */
  draw(trade: LiveTrade | undefined, priceDecimals: number, sizeDecimals: number): void {
    const decimals = `${priceDecimals} ${sizeDecimals}`
    if (trade === this.#trade && decimals === this.#decimals) return
    this.#trade = trade
    this.#decimals = decimals
    this.element.hidden = trade === undefined
    this.#time.write(trade === undefined ? '' : clockText(trade.exchangeTime))
    this.#price.write(trade === undefined ? '' : grouped(padDecimals(trade.price, priceDecimals)))
    this.#size.write(trade === undefined ? '' : grouped(padDecimals(withoutPadding(trade.size), sizeDecimals)))
    setAttribute(this.element, 'data-side', trade?.side)
  }
}
