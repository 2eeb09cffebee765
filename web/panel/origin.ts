import { element } from '../element.ts'

const REFRESH_INTERVAL_MS = 15_000

interface Stats {
  readonly producers: readonly { readonly name: string; readonly origin: string }[]
}

/** Says in plain sight where the prices come from: nobody shall take a generated price for a real one. */
export class Origin {
  readonly #badge = element('origin')

  constructor() {
    setInterval(() => void this.refresh(), REFRESH_INTERVAL_MS)
  }

  async refresh(): Promise<void> {
    try {
      const response = await fetch('/api/v1/stats')
      const { producers } = (await response.json()) as Stats
      this.#show([...new Set(producers.map(({ origin }) => origin))])
    } catch {
      // What was true a moment ago stays; the connection tells the rest.
    }
  }

  #show(origins: readonly string[]): void {
    const [first = 'unknown'] = origins
    this.#badge.textContent = origins.length === 0 ? 'origin unknown' : origins.join(' + ')
    this.#badge.dataset.origin = origins.length > 1 ? 'mixed' : first
  }
}
