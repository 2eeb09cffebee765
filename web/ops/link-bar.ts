import type { OpsFigures, OpsHello } from '../../client/ops/index.ts'
import { elementOf, setText } from './element.ts'
import { duration, timeOfDay } from './format.ts'

/** Time between two looks at the age of the figures, ms. */
const LOOK_MS = 250
/** Periods of the server after which its figures are late. */
const LATE_PERIODS = 3

type Link = 'connecting' | 'live' | 'late' | 'down'

/** The head of the page: how the server is, and how far the figures below can be trusted. */
export class LinkBar {
  readonly #ready = elementOf('ready', HTMLElement)
  readonly #age = elementOf('age', HTMLElement)
  readonly #lost = elementOf('lost', HTMLElement)
  readonly #reasons = elementOf('reasons', HTMLElement)
  #figures: OpsFigures | undefined
  #periodMs = 1_000
  /** When the newest figures came, by the clock of this page, which needs not agree with that of the server. */
  #cameMs = 0
  #downReason: string | undefined

  constructor() {
    setInterval(() => this.#look(), LOOK_MS)
  }

  greet({ periodMs, canCommand, access }: OpsHello): void {
    this.#periodMs = periodMs
    this.#downReason = undefined
    const text = canCommand ? 'token: look and command' : 'this machine: look only'
    setText(elementOf('access', HTMLElement), text)
    elementOf('forget', HTMLElement).hidden = access !== 'token'
  }

  show(figures: OpsFigures): void {
    this.#figures = figures
    this.#cameMs = performance.now()
    const { uptimeMs, build, ready, reasons } = figures
    setText(elementOf('uptime', HTMLElement), duration(uptimeMs))
    setText(elementOf('build', HTMLElement), `${build.version}, Node ${build.node.replace(/^v/, '')}`)
    setText(this.#ready, ready ? 'ready' : 'not ready')
    this.#reasons.hidden = ready
    setText(this.#reasons, ready ? '' : `Not ready: ${reasons.join('; ')}`)
    this.#look()
  }

  /** The connection is lost. */
  down(reason: string): void {
    this.#downReason ??= reason
    this.#look()
  }

  #look(): void {
    const figures = this.#figures
    const ageMs = performance.now() - this.#cameMs
    const link = this.#link(ageMs)
    document.body.dataset.link = link
    if (figures !== undefined) {
      setText(this.#age, `${timeOfDay(figures.time)}, ${link === 'live' ? 'live' : `${duration(ageMs)} old`}`)
      document.body.dataset.ready = figures.ready ? 'yes' : 'no'
    }
    const isLost = link === 'down' || link === 'late'
    if (isLost) setText(this.#ready, link === 'down' ? 'connection lost' : 'no news')
    else if (figures !== undefined) setText(this.#ready, figures.ready ? 'ready' : 'not ready')
    this.#lost.hidden = !isLost
    if (isLost) setText(this.#lost, this.#lostText(figures, ageMs))
    document.title = `${isLost ? '⚠ lost' : figures?.ready === false ? '⚠ not ready' : '✓'} – tickcast operations`
  }

  #link(ageMs: number): Link {
    if (this.#downReason !== undefined) return 'down'
    if (this.#figures === undefined) return 'connecting'
    return ageMs > LATE_PERIODS * this.#periodMs ? 'late' : 'live'
  }

  #lostText(figures: OpsFigures | undefined, ageMs: number): string {
    const why = this.#downReason === undefined ? 'The server sends nothing' : `Connection lost (${this.#downReason})`
    if (figures === undefined) return `${why}; trying again.`
    return `${why}; trying again. All figures are those of ${timeOfDay(figures.time)}, ${duration(ageMs)} ago.`
  }
}
