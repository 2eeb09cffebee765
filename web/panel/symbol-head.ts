import type { LiveQuality, LiveQuote, LiveTicker, Market } from '../../client/index.ts'
import { compactText, Decimals, grouped, NOTHING, padDecimals, percentText, signed } from '../decimal-text.ts'
import { doubtOf, doubtText } from '../doubt.ts'
import { element, setAttribute, TextCell } from '../element.ts'
import type { FrameLoop, Invalidate } from '../frame-loop.ts'
import { markDoubt } from './panel.ts'

const TITLE_INTERVAL_MS = 1_000

/** The chosen symbol in large type: last price, change, best bid and ask, the figures of the day, and its quality. */
export class SymbolHead {
  readonly #market: Market
  readonly #invalidate: Invalidate
  readonly #root = element('symbol-head')
  readonly #texts = new Map<string, TextCell>()
  #symbol = ''
  #quote: LiveQuote | undefined
  #ticker: LiveTicker | undefined
  #decimals = new Decimals()
  #titleMs = 0

  constructor(market: Market, frames: FrameLoop) {
    this.#market = market
    this.#invalidate = frames.part((nowMs) => this.#draw(nowMs))
  }

  show(symbol: string): void {
    if (symbol === this.#symbol) return
    this.#symbol = symbol
    this.#decimals = new Decimals()
    this.#titleMs = 0
    for (const place of document.querySelectorAll('.of-symbol')) place.textContent = symbol
    this.#quote?.close()
    this.#ticker?.close()
    this.#quote = this.#market.quote(symbol)
    this.#ticker = this.#market.ticker(symbol)
    for (const live of [this.#quote, this.#ticker]) live.onChange(this.#invalidate)
    this.#invalidate()
  }

  /** How far its price can be trusted; `undefined` while nothing is known of it. */
  get quality(): LiveQuality | undefined {
    const quality = (this.#ticker?.value === undefined ? this.#quote : this.#ticker)?.quality
    return quality?.sinceMs === 0 ? undefined : quality
  }

  #draw(nowMs: number): void {
    const [venue = '', ...name] = this.#symbol.split(':')
    this.#write('head-symbol', name.join(':'))
    this.#write('head-venue', venue)
    const quote = this.#quote?.value
    const ticker = this.#ticker?.value
    const last = ticker?.last ?? quote?.bid
    for (const price of [last, quote?.bid, quote?.ask]) if (price !== undefined) this.#decimals.note(price)
    const price = (text: string | undefined) =>
      text === undefined ? NOTHING : grouped(padDecimals(text, this.#decimals.count))
    this.#write('head-last', price(last))
    this.#write('head-bid', price(quote?.bid))
    this.#write('head-ask', price(quote?.ask))
    const change = ticker === undefined ? NOTHING : signed(padDecimals(ticker.change, this.#decimals.count))
    const percent = percentText(Number(ticker?.changePercent))
    this.#write('head-change', ticker === undefined ? NOTHING : `${change}  ${percent}`)
    setAttribute(this.#root, 'data-sign', percent.startsWith('+') ? '+' : percent.startsWith('−') ? '-' : undefined)
    this.#write('head-high', price(ticker?.high))
    this.#write('head-low', price(ticker?.low))
    this.#write('head-volume', ticker === undefined ? NOTHING : compactText(ticker.volume))
    this.#drawQuality()
    this.#drawTitle(nowMs, price(last), name.join(':'))
  }

  #drawQuality(): void {
    const { quality } = this
    const doubt = quality && doubtOf(quality)
    this.#write('head-quality', doubt === undefined ? (quality?.quality ?? NOTHING) : doubtText(doubt))
    markDoubt(this.#root, doubt)
  }

  /** The title of the tab; once a second, since browsers do more for it than it seems. */
  #drawTitle(nowMs: number, last: string, name: string): void {
    if (nowMs - this.#titleMs < TITLE_INTERVAL_MS) return
    this.#titleMs = nowMs
    const title = last === NOTHING ? `${name} – tickcast` : `${name} ${last} – tickcast`
    if (document.title !== title) document.title = title
  }

  #write(id: string, text: string): void {
    let cell = this.#texts.get(id)
    if (cell === undefined) {
      cell = new TextCell(element(id))
      this.#texts.set(id, cell)
    }
    cell.write(text)
  }
}
