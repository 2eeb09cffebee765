/** What the keyboard does to the list. */
export interface KeyTarget {
  /** Rows there are. */
  readonly count: () => number
  /** Rows that fit. */
  readonly pageRows: () => number
  /** Another row is active. */
  readonly onMove: (row: number) => void
  readonly onPick: (row: number) => void
  readonly onClear: () => void
}

/**
 * The keyboard of the list: `/` searches, arrows, page keys, Home and End walk, Enter picks, Escape clears the search.
 * It works alike from the list and from the search field above it.
 */
export class WatchKeys {
  readonly #target: KeyTarget
  #active = -1

  constructor(grid: HTMLElement, search: HTMLInputElement, target: KeyTarget) {
    this.#target = target
    for (const place of [grid, search]) {
      place.addEventListener('keydown', (event) => this.#press(event, place === search))
    }
    document.addEventListener('keydown', (event) => {
      if (event.key !== '/' || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      search.focus()
      search.select()
    })
    search.addEventListener('keydown', ({ key }) => {
      if (key !== 'Escape') return
      target.onClear()
      grid.focus()
    })
  }

  /** The row the keyboard is at; -1 before the first key. */
  get active(): number {
    return this.#active
  }

  activate(row: number): void {
    this.#active = row
  }

  /** The list may have become shorter. */
  clamp(): void {
    this.#active = Math.min(this.#active, this.#target.count() - 1)
  }

  #press(event: KeyboardEvent, isInSearch: boolean): void {
    const row = this.#rowAfter(event.key, isInSearch)
    if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.tagName !== 'BUTTON') {
      this.#target.onPick(Math.max(0, this.#active))
    } else if (row !== undefined) {
      this.#active = Math.max(0, Math.min(row, this.#target.count() - 1))
      this.#target.onMove(this.#active)
    } else return
    event.preventDefault()
  }

  #rowAfter(key: string, isInSearch: boolean): number | undefined {
    const page = this.#target.pageRows()
    switch (key) {
      case 'ArrowDown':
        return this.#active + 1
      case 'ArrowUp':
        return this.#active - 1
      case 'PageDown':
        return this.#active + page
      case 'PageUp':
        return this.#active - page
      // In the search field these two move the caret.
      case 'Home':
        return isInSearch ? undefined : 0
      case 'End':
        return isInSearch ? undefined : this.#target.count() - 1
      default:
        return undefined
    }
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
}
