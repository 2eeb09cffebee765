import { make, setText } from './element.ts'

export interface Column<Row> {
  readonly head: string
  /** `number` stands to the right; `wide` is left out on narrow screens. */
  readonly className?: string
  readonly text: (row: Row) => string
  /** Shown when pointed at, where a text may be cut off. */
  readonly title?: (row: Row) => string
  /** `good`, `warn`, `bad` or nothing. */
  readonly tone?: (row: Row) => string
}

/** What can be ordered for a row. */
export interface RowAction<Row> {
  readonly text: string
  /** For a screen reader: names the row. */
  readonly label: (row: Row) => string
  readonly run: (row: Row) => void
}

export interface KeyedTableOptions<Row> {
  readonly columns: readonly Column<Row>[]
  readonly keyOf: (row: Row) => string
  readonly action?: RowAction<Row>
  /** Stands in the place of rows when there are none. */
  readonly empty: string
}

interface Shown<Row> {
  row: Row
  readonly element: HTMLTableRowElement
  readonly cells: readonly HTMLTableCellElement[]
}

/**
 * A table whose rows are known by a key: each keeps its element as long as it is there, and only what changes is written.
 *
 * While the pointer or the focus is among the rows they keep their places, so that no button moves away from under it.
 */
export class KeyedTable<Row> {
  readonly #options: KeyedTableOptions<Row>
  readonly #body = make('tbody')
  readonly #empty = make('tr')
  readonly #table: HTMLTableElement
  readonly #shown = new Map<string, Shown<Row>>()

  constructor(table: HTMLTableElement, options: KeyedTableOptions<Row>) {
    this.#options = options
    this.#table = table
    const head = make('tr')
    for (const { head: text, className } of options.columns) {
      const cell = make('th', className, text)
      cell.scope = 'col'
      head.append(cell)
    }
    if (options.action !== undefined) {
      const cell = make('td', 'action')
      head.append(cell)
    }
    const group = make('thead')
    group.append(head)
    const cell = make('td', 'empty', options.empty)
    cell.colSpan = options.columns.length + 1
    this.#empty.append(cell)
    this.#body.append(this.#empty)
    table.append(group, this.#body)
    // What scrolls has to be reached by keys; not every browser sees to that.
    if (table.parentElement !== null) table.parentElement.tabIndex = 0
  }

  /** Whether the buttons of the rows are there. */
  set isActive(isActive: boolean) {
    this.#table.classList.toggle('active', isActive)
  }

  show(rows: readonly Row[]): void {
    const { keyOf } = this.#options
    const keys = new Set(rows.map(keyOf))
    for (const [key, { element }] of this.#shown) {
      if (keys.has(key)) continue
      element.remove()
      this.#shown.delete(key)
    }
    const isHeld = this.#body.matches(':hover, :focus-within')
    let next: ChildNode | null = this.#body.firstChild
    for (const row of rows) {
      const key = keyOf(row)
      const shown = this.#shown.get(key) ?? this.#make(row)
      const isNew = !this.#shown.has(key)
      this.#shown.set(key, shown)
      this.#write(shown, row)
      if (isNew && isHeld) this.#body.append(shown.element)
      else if (shown.element === next) next = next.nextSibling
      else if (!isHeld) this.#body.insertBefore(shown.element, next)
    }
    this.#empty.hidden = rows.length > 0
  }

  #make(row: Row): Shown<Row> {
    const { columns, action } = this.#options
    const element = make('tr')
    const cells = columns.map(({ className }, n) => {
      const cell = n === 0 ? make('th', className) : make('td', className)
      if (n === 0) cell.scope = 'row'
      return cell
    })
    element.append(...cells)
    const shown = { row, element, cells }
    if (action === undefined) return shown
    const button = make('button', '', action.text)
    button.type = 'button'
    button.setAttribute('aria-label', action.label(row))
    button.addEventListener('click', () => action.run(shown.row))
    const cell = make('td', 'action')
    cell.append(button)
    element.append(cell)
    return shown
  }

  #write(shown: Shown<Row>, row: Row): void {
    shown.row = row
    this.#options.columns.forEach(({ text, title, tone, className = '' }, n) => {
      const cell = shown.cells[n]
      if (cell === undefined) return
      setText(cell, text(row))
      const hint = title?.(row) ?? ''
      if (cell.title !== hint) cell.title = hint
      if (tone === undefined) return
      const name = `${className} ${tone(row)}`.trim()
      if (cell.className !== name) cell.className = name
    })
  }
}
