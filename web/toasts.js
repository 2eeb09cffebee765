// @ts-check
import { element } from './element.js'

const SHOWN_MS = 10_000
/** The oldest makes room for one more. */
const MOST_SHOWN = 4

/** Shows a message of the server for a while, or until it is dismissed. @param {string} message */
export function showToast(message) {
  const toasts = element('toasts')
  const toast = document.createElement('div')
  toast.className = 'toast'
  const text = document.createElement('p')
  text.textContent = message
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = '✕'
  button.setAttribute('aria-label', 'Dismiss')
  button.addEventListener('click', () => toast.remove())
  toast.append(text, button)
  toasts.append(toast)
  setTimeout(() => toast.remove(), SHOWN_MS)
  if (toasts.childElementCount > MOST_SHOWN) toasts.firstElementChild?.remove()
}
