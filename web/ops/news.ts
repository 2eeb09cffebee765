import type { OpsFigures } from '../../client/ops/index.ts'
import { elementOf, make, setText } from './element.ts'
import { count, many, timeOfDay } from './format.ts'
import { producerNews } from './producer-panel.ts'

/** Lines that are kept. */
const MAX_LINES = 100
/** Time for which the answer to an order is shown, ms. */
const TOLD_MS = 8_000

/** What has happened since the page was opened, newest first. */
export class News {
  readonly #list = elementOf('events', HTMLOListElement)
  readonly #told = elementOf('told', HTMLElement)
  #before: OpsFigures | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    this.#list.tabIndex = 0
    this.add('page opened')
  }

  add(text: string, time = Date.now()): void {
    const line = make('li')
    line.append(make('time', 'number', timeOfDay(time)), ` ${text}`)
    this.#list.prepend(line)
    while (this.#list.childElementCount > MAX_LINES) this.#list.lastElementChild?.remove()
  }

  /** Says in plain sight what became of an order, and notes it. */
  tell(text: string): void {
    this.add(text)
    setText(this.#told, text)
    this.#told.hidden = false
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#told.hidden = true
    }, TOLD_MS)
  }

  /** Notes what is different from the figures before. */
  show(figures: OpsFigures): void {
    const before = this.#before
    this.#before = figures
    if (before === undefined) return
    for (const text of newsOf(before, figures)) this.add(text, figures.time)
  }
}

function newsOf(before: OpsFigures, now: OpsFigures): string[] {
  if (now.uptimeMs < before.uptimeMs) return ['the server was started anew']
  const grown = (name: string) => (now.counters[name] ?? 0) - (before.counters[name] ?? 0)
  const [slow, closed, dropped] = [grown('slowClientEpisodes'), grown('slowClientsClosed'), grown('messagesDropped')]
  return [
    ...(now.ready === before.ready ? [] : [now.ready ? 'ready' : `not ready: ${now.reasons.join('; ')}`]),
    ...producerNews(before, now),
    ...(slow > 0 ? [`${many(slow, 'client')} fell behind`] : []),
    ...(closed > 0 ? [`${many(closed, 'slow client')} closed`] : []),
    ...(dropped > 0 ? [`the full queue dropped ${count(dropped)} messages`] : [])
  ]
}
