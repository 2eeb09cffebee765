// @ts-check
import { element } from './element.js'

const ORIGIN_INTERVAL_MS = 15_000

/** @typedef {{ origin: string }} Producer */

/** The words around the table: connection, origin of the data, rates. */
export class StatusBar {
  #connection = element('connection')
  #origin = element('origin')
  #lostAt = ''

  constructor() {
    setInterval(() => void this.refreshOrigin(), ORIGIN_INTERVAL_MS)
  }

  /**
   * @param {'connected' | 'reconnecting' | 'closed'} state
   * @param {string} reason
   */
  showConnection(state, reason) {
    // Each failed try tells the state again; what the prices are as of stays when the connection was lost.
    if (this.#connection.dataset.state === 'connected') this.#lostAt = new Date().toLocaleTimeString('en-GB')
    this.#connection.dataset.state = state
    const asOf = this.#lostAt === '' ? '' : ` – prices as of ${this.#lostAt}`
    this.#connection.textContent = state === 'connected' ? state : `${state}${asOf} (${reason})`
  }

  /** Asks the server where its data comes from: nobody shall take a generated price for a real one. */
  async refreshOrigin() {
    try {
      const response = await fetch('/api/v1/stats')
      const { producers } = /** @type {{ producers: readonly Producer[] }} */ (await response.json())
      this.#showOrigin([...new Set(producers.map(({ origin }) => origin))])
    } catch {
      this.#showOrigin([])
    }
  }

  /** @param {{ symbols: number, doubtful: number, rate: number, gaps: number, latencyMs: number | undefined }} figures */
  showFigures({ symbols, doubtful, rate, gaps, latencyMs }) {
    element('count').textContent = symbols.toLocaleString('en')
    element('rate').textContent = Math.round(rate).toLocaleString('en')
    element('latency').textContent =
      latencyMs === undefined ? '–' : latencyMs < 1 ? '<1 ms' : `${Math.round(latencyMs)} ms`
    showCount(element('stale'), doubtful, 'not live')
    showCount(element('gaps'), gaps, gaps === 1 ? 'gap repaired' : 'gaps repaired')
  }

  /** @param {readonly string[]} origins */
  #showOrigin(origins) {
    const [first] = origins
    this.#origin.textContent = first === undefined ? 'origin unknown' : origins.join(' + ')
    this.#origin.dataset.origin = first === undefined ? 'unknown' : origins.length > 1 ? 'mixed' : first
  }
}

/**
 * @param {HTMLElement} place
 * @param {number} count
 * @param {string} words
 */
function showCount(place, count, words) {
  place.hidden = count === 0
  place.textContent = `${count.toLocaleString('en')} ${words}`
}
