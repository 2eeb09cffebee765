import { elementOf, make, setText } from './element.ts'

/** One figure: its name, its text, and whether it is good, bad or neither. */
export type Pair = readonly [name: string, text: string, tone?: '' | 'warn' | 'bad']

/** A list of names and figures that is made once and written to afterwards. */
export class Pairs {
  readonly #list: HTMLElement
  readonly #values = new Map<string, HTMLElement>()

  /** @param id of a `dl` of the page. */
  constructor(id: string) {
    this.#list = elementOf(id, HTMLDListElement)
  }

  show(pairs: readonly Pair[]): void {
    for (const [name, text, tone = ''] of pairs) {
      const value = this.#values.get(name) ?? this.#add(name)
      setText(value, text)
      const className = `number ${tone}`.trim()
      if (value.className !== className) value.className = className
    }
  }

  #add(name: string): HTMLElement {
    const value = make('dd')
    const pair = make('div')
    pair.append(make('dt', '', name), value)
    this.#list.append(pair)
    this.#values.set(name, value)
    return value
  }
}
