import type { FactorWalk } from './factor-walk.ts'
import type { Random } from './random.ts'
import type { WeightedPick } from './weighted-pick.ts'

/** Symbols that news can move together: the whole market, or one sector. */
export interface Group<Member> {
  readonly walk: FactorWalk
  readonly members: WeightedPick<Member>
}

const FLURRY_PROBABILITY = 0.05
const FLURRY_STICKINESS = 0.95
const CALM_STICKINESS = 0.3
const EPISODE_PROBABILITY = 1 / 4_000
const EPISODE_MEAN_STEPS = 400
/** Share of the steps that an episode draws to its own group. */
const EPISODE_FOCUS = 0.6
/** Step deviations by which an episode pushes its group's price each step. */
const EPISODE_PUSH = 0.5

/**
 * Decides which symbol moves next. Activity comes in clusters, of two kinds:
 *
 * - a *flurry*: one symbol in a row, 20 steps on average, with more trades than otherwise;
 * - an *episode*: news for a sector or for all, some 400 steps, during which the group is busy and its prices trend.
 *
 * Otherwise symbols are drawn by their weight. Everything follows from the random numbers; there is no clock here.
 */
export class Activity<Member> {
  readonly #random: Random
  readonly #market: Group<Member>
  readonly #groups: readonly Group<Member>[]
  #current: Member
  #stickiness = CALM_STICKINESS
  #focus: Group<Member>
  #focusStepsLeft = 0
  #focusPush = 0

  constructor(random: Random, market: Group<Member>, sectors: readonly Group<Member>[]) {
    this.#random = random
    this.#market = market
    this.#groups = [market, ...sectors]
    this.#focus = market
    this.#current = market.members.at(0)
  }

  /** Whether the symbol that `next` gave is in a flurry. */
  get isFlurry(): boolean {
    return this.#stickiness === FLURRY_STICKINESS
  }

  /** The symbol that moves now. */
  next(): Member {
    const random = this.#random
    this.#advanceEpisode()
    if (random.next() < this.#stickiness) return this.#current
    const isInFocus = this.#focusStepsLeft > 0 && random.next() < EPISODE_FOCUS
    this.#current = (isInFocus ? this.#focus : this.#market).members.at(random.next())
    this.#stickiness = random.next() < FLURRY_PROBABILITY ? FLURRY_STICKINESS : CALM_STICKINESS
    return this.#current
  }

  #advanceEpisode(): void {
    const random = this.#random
    if (this.#focusStepsLeft > 0) {
      this.#focusStepsLeft -= 1
      this.#focus.walk.push(this.#focusPush)
    } else if (random.next() < EPISODE_PROBABILITY) {
      this.#focus = this.#groups[random.below(this.#groups.length)] ?? this.#market
      this.#focusStepsLeft = Math.ceil(random.exponential() * EPISODE_MEAN_STEPS)
      this.#focusPush = random.next() < 0.5 ? -EPISODE_PUSH : EPISODE_PUSH
    }
  }
}
