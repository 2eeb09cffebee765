import type { LiveQuality } from '../../client/index.ts'
import { type Doubt, doubtOf, doubtText, isMild } from '../doubt.ts'
import { setAttribute, TextCell } from '../element.ts'

/** Tells whether an element is in sight; it is not on a phone that shows another view, or when it is put away. */
export function onShown(target: HTMLElement, listener: (isShown: boolean) => void): void {
  let isShown: boolean | undefined
  new ResizeObserver(([entry]) => {
    const { width = 0, height = 0 } = entry?.contentRect ?? {}
    const isNow = width > 0 && height > 0
    if (isNow === isShown) return
    isShown = isNow
    listener(isNow)
  }).observe(target)
}

/** Marks what shows a value that is in doubt: `data-doubt` greys it, `data-late` does not. */
export function markDoubt(target: Element, doubt: Doubt | undefined): void {
  const isLate = isMild(doubt)
  setAttribute(target, 'data-doubt', doubt !== undefined && !isLate ? '' : undefined)
  setAttribute(target, 'data-late', isLate ? '' : undefined)
}

/** Greys a panel whose data is not the present one, and says why and since when in its head; of late data it says so. */
export class PanelDoubt {
  readonly #panel: HTMLElement
  readonly #text: TextCell

  constructor(panel: HTMLElement, text: HTMLElement) {
    this.#panel = panel
    this.#text = new TextCell(text)
  }

  show(quality: LiveQuality | undefined): void {
    const doubt = quality === undefined ? undefined : doubtOf(quality)
    this.#text.write(doubt === undefined ? '' : doubtText(doubt))
    markDoubt(this.#panel, doubt)
  }
}
