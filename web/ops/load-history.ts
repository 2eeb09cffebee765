import { LOAD_NAMES, type LoadName, type LoadPast, type LoadPoint, OPS_POINTS } from '../../client/ops/index.ts'

const COLUMNS: readonly ('time' | LoadName)[] = ['time', ...LOAD_NAMES]

/** The load over the last quarter of an hour: what the server told at first, and every point since. */
export class LoadHistory {
  readonly #columns = new Map<'time' | LoadName, number[]>(COLUMNS.map((name) => [name, []]))

  /** Takes what the server remembers; points that only this page has seen stay in front of it. */
  begin(past: LoadPast): void {
    const [first = Number.POSITIVE_INFINITY] = past.time
    const kept = this.column('time').filter((time) => time < first).length
    for (const [name, values] of this.#columns) values.splice(kept, Number.POSITIVE_INFINITY, ...past[name])
    this.#trim()
  }

  /** Adds a point, unless it is known. */
  add(point: LoadPoint): void {
    if (point.time <= (this.column('time').at(-1) ?? 0)) return
    for (const [name, values] of this.#columns) values.push(point[name])
    this.#trim()
  }

  /** Oldest first. */
  column(name: 'time' | LoadName): readonly number[] {
    return this.#columns.get(name) ?? []
  }

  #trim(): void {
    const surplus = this.column('time').length - OPS_POINTS
    if (surplus > 0) for (const values of this.#columns.values()) values.splice(0, surplus)
  }
}
