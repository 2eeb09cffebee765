/** The trading page: the parts, joined. Live values are the SDK's business; each part draws what it shows of them. */
import { connect, type SymbolInfo } from '../client/index.ts'
import { Ladder } from './book/ladder.ts'
import { ChartPanel } from './chart/chart-panel.ts'
import { doubtOf } from './doubt.ts'
import { FrameLoop } from './frame-loop.ts'
import { PageChoices } from './page-state.ts'
import { followLayout } from './panel/layout.ts'
import { Origin } from './panel/origin.ts'
import { StatusBar } from './panel/status-bar.ts'
import { SymbolHead } from './panel/symbol-head.ts'
import { Tape } from './tape/tape.ts'
import { showToast } from './toasts.ts'
import { Watchlist } from './watchlist/watchlist.ts'

/** Producers may declare symbols at any time, ms. */
const SYMBOLS_INTERVAL_MS = 15_000
/** A server that has just started may know none yet, ms. */
const NO_SYMBOLS_INTERVAL_MS = 500

const market = connect()
const frames = new FrameLoop()
const choices = new PageChoices()
followLayout(choices)

const watchlist = new Watchlist(market, frames, choices)
const chart = new ChartPanel(market, frames, choices)
const head = new SymbolHead(market, frames)
const parts = [head, new Ladder(market, frames), new Tape(market, frames)]
const origin = new Origin()
new StatusBar(market, frames, () => {
  const doubts = watchlist.doubts()
  if (head.quality !== undefined) doubts.set(choices.state.symbol, doubtOf(head.quality))
  return [...doubts.values()]
})

let symbolsTimer: ReturnType<typeof setTimeout> | undefined

let hasSymbols = false

function showSymbol(): void {
  const { symbol } = choices.state
  if (symbol === '') return
  for (const part of parts) part.show(symbol)
  const entry = watchlist.entries.get(symbol)
  chart.show(symbol, hasSymbols ? (entry?.intervals ?? []) : undefined)
}

async function refreshSymbols(): Promise<void> {
  clearTimeout(symbolsTimer)
  const symbols = await market.symbols().catch((): SymbolInfo[] => [])
  const [first] = symbols
  if (first === undefined) watchlist.explainEmptiness('Waiting for the first symbols …')
  else {
    watchlist.setSymbols(symbols)
    hasSymbols = true
    if (choices.state.symbol === '') choices.choose({ symbol: first.ticker })
    showSymbol()
  }
  clearTimeout(symbolsTimer)
  const waitMs = symbols.length === 0 ? NO_SYMBOLS_INTERVAL_MS : SYMBOLS_INTERVAL_MS
  symbolsTimer = setTimeout(() => void refreshSymbols(), waitMs)
}

choices.onChange(showSymbol)
showSymbol()
market.onNotice(({ name, message }) => showToast(`${name}: ${message}`))
market.onConnection(({ state }) => {
  if (state !== 'connected') return
  void origin.refresh()
  void refreshSymbols()
})
void origin.refresh()
void refreshSymbols()

/** For the console of a browser, and for tests: what the page holds. */
Object.assign(globalThis, { tickcast: { market, chartBars: () => chart.bars } })
