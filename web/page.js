// @ts-check
/** The page: updates go into `Market` as they come; the table is drawn from it, once a frame at most. */
import { Connection } from './connection.js'
import { element } from './element.js'
import { Latency } from './latency.js'
import { doubtOf, Market } from './market.js'
import { QuoteTable } from './quote-table.js'
import { Sorting } from './sorting.js'
import { StatusBar } from './status-bar.js'
import { showToast } from './toasts.js'

const PATTERNS = ['quote:*:*', 'trade:*:*']
const MEASURE_INTERVAL_MS = 1_000

const market = new Market()
const latency = new Latency()
const statusBar = new StatusBar()
const filter = /** @type {HTMLInputElement} */ (element('filter'))
const empty = element('empty')
const table = new QuoteTable(element('scroller'), element('table'), element('rows'), requestFrame)
const sorting = new Sorting(element('heads'), chooseView)

let isFrameRequested = false
let isViewOld = true
let isConnected = false
let shownSymbols = 0
let measuredMs = performance.now()
let emptyText = 'Connecting …'

function requestFrame() {
  if (isFrameRequested) return
  isFrameRequested = true
  requestAnimationFrame(drawFrame)
}

function changeView() {
  isViewOld = true
  requestFrame()
}

/** The user wants other rows, or another order: what was in sight means nothing any more. */
function chooseView() {
  table.scrollToTop()
  changeView()
}

/** @param {number} nowMs */
function drawFrame(nowMs) {
  isFrameRequested = false
  if (isViewOld || shownSymbols !== market.size) drawView()
  table.render(nowMs)
}

/** Chooses and sorts what the table shows. */
function drawView() {
  isViewOld = false
  shownSymbols = market.size
  const wanted = filter.value.trim().toUpperCase()
  const view = [...market.instruments()].filter(({ symbol, venue }) => `${venue}:${symbol}`.includes(wanted))
  table.setView(sorting.sort(view))
  empty.hidden = view.length > 0
  empty.textContent = market.size > 0 ? `No symbol or venue contains “${filter.value.trim()}”` : emptyText
}

/** @param {string} text */
function explainEmptiness(text) {
  emptyText = text
  if (market.size === 0) changeView()
}

function measure() {
  const nowMs = performance.now()
  market.measure(nowMs - measuredMs)
  measuredMs = nowMs
  let doubtful = 0
  for (const instrument of market.instruments()) if (doubtOf(instrument) !== undefined) doubtful += 1
  const { size: symbols, ratePerSecond: rate, gapCount: gaps } = market
  statusBar.showFigures({ symbols, doubtful, rate, gaps, latencyMs: latency.takeMedian() })
  if (sorting.isMoving) isViewOld = true
  requestFrame()
}

filter.addEventListener('input', chooseView)
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== filter) {
    event.preventDefault()
    filter.focus()
    filter.select()
  } else if (event.key === 'Escape' && document.activeElement === filter) {
    filter.value = ''
    filter.blur()
    chooseView()
  }
})
setInterval(measure, MEASURE_INTERVAL_MS)

new Connection(PATTERNS, {
  onUpdate: (update) => market.apply(update, performance.now()),
  onBatch(emitTime) {
    latency.noteBatch(emitTime)
    requestFrame()
  },
  onGap: (channel) => market.noteGap(channel),
  onGranted: (answer) => market.setTrust(answer),
  onRefused: (messages) => explainEmptiness(`Nothing to show yet: ${messages.join('; ')}`),
  onStatus(status) {
    market.setTrust(status)
    requestFrame()
  },
  onHeartbeat: (serverTime) => latency.noteHeartbeat(serverTime),
  onRoundTrip: (roundTripMs) => latency.noteRoundTrip(roundTripMs),
  onNotice: ({ name, message }) => showToast(`${name}: ${message}`),
  onConnection(state, reason) {
    if (isConnected && state !== 'connected') market.loseConnection()
    isConnected = state === 'connected'
    statusBar.showConnection(state, reason)
    latency.reset()
    explainEmptiness(isConnected ? 'Waiting for the first quotes …' : `No connection: ${reason}`)
    if (isConnected) void statusBar.refreshOrigin()
  }
})
