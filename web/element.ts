/**
 * The element of the page with this id.
 *
 * @throws Error when there is none, or one of another kind: page and script do not fit together.
 */
export function element(id: string): HTMLElement
export function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind
export function element(id: string, kind: new () => HTMLElement = HTMLElement): HTMLElement {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`)
  return found
}

/** A new element with a class, and a text of its own. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  text = ''
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  made.className = className
  if (text !== '') made.textContent = text
  return made
}

/** A piece of text that is written to the page only when it changes. */
export class TextCell {
  readonly element: HTMLElement
  readonly #node: Text

  constructor(element: HTMLElement) {
    this.element = element
    this.#node = document.createTextNode(element.textContent ?? '')
    element.replaceChildren(this.#node)
  }

  /** Returns whether the text is another one than before. */
  write(text: string): boolean {
    if (this.#node.data === text) return false
    this.#node.data = text
    return true
  }
}

/** Sets an attribute only when it changes; `undefined` takes it away. */
export function setAttribute(target: Element, name: string, value: string | undefined): void {
  if (value === undefined) {
    if (target.hasAttribute(name)) target.removeAttribute(name)
  } else if (target.getAttribute(name) !== value) target.setAttribute(name, value)
}
