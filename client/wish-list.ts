import { Wish } from './wish.ts'

/** Channels and patterns that somebody wants, by name. */
export class WishList {
  readonly #wishes = new Map<string, Wish>()
  readonly #patterns = new Set<Wish>()

  get(name: string): Wish | undefined {
    return this.#wishes.get(name)
  }

  /** The wish of that name, made where there is none. */
  of(name: string): Wish {
    const known = this.#wishes.get(name)
    if (known !== undefined) return known
    const wish = new Wish(name)
    this.#wishes.set(name, wish)
    if (wish.matches !== undefined) this.#patterns.add(wish)
    return wish
  }

  all(): Iterable<Wish> {
    return this.#wishes.values()
  }

  /** Everything that asks for a channel: the channel itself, and patterns. */
  for(channel: string): Wish[] {
    const own = this.#wishes.get(channel)
    const wishes = own === undefined ? [] : [own]
    for (const pattern of this.#patterns) if (pattern.matches?.(channel) === true) wishes.push(pattern)
    return wishes
  }

  delete(wish: Wish): void {
    this.#wishes.delete(wish.name)
    this.#patterns.delete(wish)
  }
}
