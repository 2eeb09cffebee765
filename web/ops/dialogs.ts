import { elementOf, setText } from './element.ts'

/** Asks before something is done; the first button that has the focus is the harmless one. */
export function confirmed(question: {
  readonly head: string
  readonly text: string
  readonly yes: string
}): Promise<boolean> {
  const dialog = elementOf('confirm', HTMLDialogElement)
  setText(elementOf('confirm-head', HTMLElement), question.head)
  setText(elementOf('confirm-text', HTMLElement), question.text)
  setText(elementOf('confirm-yes', HTMLElement), question.yes)
  dialog.returnValue = 'no'
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true })
  })
}

/** The door in front of the page: asks for the token, or says why nobody is let in. */
export class Gate {
  readonly #dialog = elementOf('gate', HTMLDialogElement)
  readonly #field = elementOf('gate-field', HTMLElement)
  readonly #token = elementOf('gate-token', HTMLInputElement)
  readonly #enter = elementOf('gate-enter', HTMLButtonElement)
  #isAskingToken = false

  /** @param onEnter told the token, or nothing when it shall be tried again without one. */
  constructor(onEnter: (token: string | undefined) => void) {
    // There is nothing behind it to be seen.
    this.#dialog.addEventListener('cancel', (event) => event.preventDefault())
    elementOf('gate-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      const token = this.#token.value.trim()
      if (this.#isAskingToken && token === '') return
      this.#token.value = ''
      this.#dialog.close()
      onEnter(this.#isAskingToken ? token : undefined)
    })
  }

  /** @param isAskingToken whether a token would help. */
  ask(text: string, isAskingToken: boolean): void {
    this.#isAskingToken = isAskingToken
    setText(elementOf('gate-text', HTMLElement), text)
    this.#field.hidden = !isAskingToken
    setText(this.#enter, isAskingToken ? 'Enter' : 'Try again')
    if (!this.#dialog.open) this.#dialog.showModal()
    if (isAskingToken) this.#token.focus()
  }
}
