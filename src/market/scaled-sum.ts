import { type Scaled, unitsAt } from './scaled.ts'

/** An exact running sum; it has the most decimals any of its parts had. */
export class ScaledSum implements Scaled {
  #units = 0n
  #scale = 0

  get units(): bigint {
    return this.#units
  }

  get scale(): number {
    return this.#scale
  }

  add(value: Scaled): void {
    if (value.scale > this.#scale) this.#widen(value.scale)
    this.#units += unitsAt(value, this.#scale)
  }

  subtract(value: Scaled): void {
    if (value.scale > this.#scale) this.#widen(value.scale)
    this.#units -= unitsAt(value, this.#scale)
  }

  #widen(scale: number): void {
    this.#units = unitsAt(this, scale)
    this.#scale = scale
  }
}
