const TWO_TO_32 = 2 ** 32
const WARM_UP_ROUNDS = 15
/** Makes the sum of three uniform numbers have a standard deviation of 1: each has a variance of 1/12. */
const NORMAL_SCALE = 2

/**
 * Seeded random numbers: the same seed and stream give the same sequence on every machine.
 *
 * The generator is sfc32 (Small Fast Counter, 128 bits of state) by Chris Doty-Humphrey, from PractRand; it passes
 * PractRand and BigCrush and its period is at least 2^32.
 *
 * @see https://pracrand.sourceforge.net/RNG_engines.txt
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** `seed` may be any integer up to 2^53; `stream` gives one seed several independent sequences. */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0
    this.#b = Math.floor(seed / TWO_TO_32) | 0
    this.#c = stream | 0
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.next()
  }

  /** Uniform in [0, 1), in steps of 2^-32. */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return (sum >>> 0) / TWO_TO_32
  }

  /** Uniform whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  /** Roughly normal with mean 0 and deviation 1, within ±3: three uniform numbers added, which is quick. */
  normal(): number {
    return (this.next() + this.next() + this.next() - 1.5) * NORMAL_SCALE
  }

  /** Exponential with mean 1; at most 22.2. */
  exponential(): number {
    return -Math.log(1 - this.next())
  }
}
