import { element, setAttribute } from '../element.ts'
import { PANELS, type PageChoices, type Panel, VIEWS } from '../page-state.ts'

/** Shows what was chosen: on a phone one view at a time, on a wide screen all panels that were not put away. */
export function followLayout(choices: PageChoices): void {
  const show = () => {
    const { view, hidden } = choices.state
    setAttribute(document.body, 'data-view', view)
    for (const name of VIEWS) {
      setAttribute(element(`view-${name}`), 'aria-pressed', String(name === view))
    }
    for (const name of PANELS) {
      setAttribute(document.body, `data-hide-${name}`, hidden.includes(name) ? '' : undefined)
      setAttribute(element(`toggle-${name}`), 'aria-pressed', String(!hidden.includes(name)))
    }
  }
  for (const name of VIEWS) element(`view-${name}`).addEventListener('click', () => choices.choose({ view: name }))
  for (const name of PANELS) element(`toggle-${name}`).addEventListener('click', () => toggle(choices, name))
  choices.onChange(show)
  show()
}

function toggle(choices: PageChoices, panel: Panel): void {
  const { hidden } = choices.state
  choices.choose({ hidden: hidden.includes(panel) ? hidden.filter((one) => one !== panel) : [...hidden, panel] })
}
