import { LOAD_NAMES, type LoadName, type LoadPast, type LoadPoint } from '../protocol/ops-events.ts'

const COLUMNS: readonly ('time' | LoadName)[] = ['time', ...LOAD_NAMES]
/** What is told of the past is rounded to parts of this size. */
const PARTS = 100

/** The newest points of the load; the memory for all of them is taken at once, and none after that. */
export class LoadRing {
  readonly #capacity: number
  readonly #columns: Readonly<Record<'time' | LoadName, Float64Array>>
  #pushed = 0

  /** @param capacity points; the oldest one makes room for a new one. */
  constructor(capacity: number) {
    this.#capacity = capacity
    this.#columns = byColumn(() => new Float64Array(capacity))
  }

  push(point: LoadPoint): void {
    const place = this.#pushed % this.#capacity
    for (const name of COLUMNS) this.#columns[name][place] = point[name]
    this.#pushed += 1
  }

  /** A copy of all points, oldest first, as short as it is worth to be sent. */
  past(): LoadPast {
    const count = Math.min(this.#pushed, this.#capacity)
    const first = this.#pushed - count
    return byColumn((name) =>
      Array.from({ length: count }, (_, n) => {
        const value = this.#columns[name][(first + n) % this.#capacity] ?? 0
        return Math.round(value * PARTS) / PARTS
      })
    )
  }
}

function byColumn<Value>(make: (name: 'time' | LoadName) => Value): Record<'time' | LoadName, Value> {
  return Object.fromEntries(COLUMNS.map((name) => [name, make(name)])) as Record<'time' | LoadName, Value>
}
