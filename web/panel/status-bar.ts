import type { ConnectionChange, LatencyReport, Market, Percentiles } from '../../client/index.ts'
import { NOTHING } from '../decimal-text.ts'
import { type Doubt, worstDoubt } from '../doubt.ts'
import { element, setAttribute, TextCell } from '../element.ts'
import type { FrameLoop } from '../frame-loop.ts'
import { clockText } from '../time-text.ts'

const FIGURES_INTERVAL_MS = 1_000
/** A doubt is told soon, whatever part of the page has it. */
const OVERALL_INTERVAL_MS = 200

/** The line at the foot: connection, how far what is shown can be trusted, rates, latency, time. */
export class StatusBar {
  readonly #market: Market
  /** Why what is shown is in doubt, each symbol for itself; empty while nothing is known. */
  readonly #doubts: () => readonly (Doubt | undefined)[]
  readonly #connection = new TextCell(element('connection'))
  readonly #overall = new TextCell(element('overall'))
  readonly #rate = new TextCell(element('rate'))
  readonly #server = new TextCell(element('latency-server'))
  readonly #network = new TextCell(element('latency-network'))
  readonly #clock = new TextCell(element('clock'))
  readonly #build = new TextCell(element('build'))
  #lostMs = 0

  constructor(market: Market, frames: FrameLoop, doubts: () => readonly (Doubt | undefined)[]) {
    this.#market = market
    this.#doubts = doubts
    market.onConnection((change) => this.#showConnection(change))
    const invalidate = frames.part(() => this.#draw())
    setInterval(invalidate, FIGURES_INTERVAL_MS)
    invalidate()
    setInterval(
      frames.part(() => this.#drawOverall()),
      OVERALL_INTERVAL_MS
    )
  }

  #showConnection(change: ConnectionChange): void {
    const { state } = change
    setAttribute(this.#connection.element, 'data-state', state)
    if (state === 'connected') {
      this.#lostMs = 0
      this.#connection.write('connected')
      return
    }
    // Each failed try tells the state again; the prices are as of the moment when the connection was lost.
    if (this.#lostMs === 0) this.#lostMs = Date.now()
    const word = state === 'closed' ? 'closed' : 'reconnecting'
    this.#connection.write(`${word} – prices as of ${clockText(this.#lostMs)}`)
    this.#connection.element.title = 'reason' in change ? change.reason : ''
  }

  #draw(): void {
    const report = this.#market.latency()
    this.#rate.write(Math.round(report.updatesPerSecond).toLocaleString('en'))
    // Not from the venue's clock: a recording is as old as it is, and a candle as old as its last trade.
    this.#server.write(bothText(report.ingestToEmit))
    this.#network.write(bothText(report.emitToReceive))
    this.#clock.write(clockText(Date.now()))
    const build = this.#market.hello?.build
    this.#build.write(build === undefined ? '' : `${build.name} ${build.version}`)
    setAttribute(element('latency'), 'title', breakdown(report))
  }

  #drawOverall(): void {
    const doubts = this.#doubts()
    const worst = worstDoubt(doubts)
    this.#overall.write(worst?.text ?? (doubts.length === 0 ? NOTHING : 'live'))
    setAttribute(this.#overall.element, 'data-quality', worst?.quality ?? (doubts.length === 0 ? undefined : 'live'))
  }
}

function bothText(value: Percentiles | undefined): string {
  return `${millisecondsText(value?.p50)}/${millisecondsText(value?.p99)}`
}

function millisecondsText(value: number | undefined): string {
  if (value === undefined) return NOTHING
  return value < 10 ? value.toFixed(1) : value.toFixed(0)
}

function breakdown({ venueToIngest, ingestToEmit, emitToReceive }: LatencyReport): string {
  const line = (name: string, value: Percentiles | undefined) =>
    `${name}: p50 ${millisecondsText(value?.p50)} ms, p99 ${millisecondsText(value?.p99)} ms`
  return [
    line('Venue to producer', venueToIngest),
    line('Producer to flush', ingestToEmit),
    line('Flush to this page', emitToReceive)
  ].join('\n')
}
