import { element, make } from './element.ts'

const SHOWN_MS = 10_000
/** The oldest makes room for one more. */
const MOST_SHOWN = 3

/** Shows a message of the server for a while, or until it is dismissed. */
export function showToast(message: string): void {
  const toasts = element('toasts')
  const toast = make('div', 'toast')
  const button = make('button', 'toast-close', '✕')
  button.type = 'button'
  button.setAttribute('aria-label', 'Dismiss')
  button.addEventListener('click', () => toast.remove())
  toast.append(make('p', '', message), button)
  toasts.append(toast)
  setTimeout(() => toast.remove(), SHOWN_MS)
  if (toasts.childElementCount > MOST_SHOWN) toasts.firstElementChild?.remove()
}
