import type { Feed } from './feed.ts'
import { forPresent } from './listeners.ts'

/** The channels that somebody holds, by name, and those of them that changed since their holders were told. */
export class FeedTable {
  readonly #feeds = new Map<string, Feed>()
  #changed: Feed[] = []

  get(channel: string): Feed | undefined {
    return this.#feeds.get(channel)
  }

  all(): Iterable<Feed> {
    return this.#feeds.values()
  }

  add(feed: Feed): void {
    this.#feeds.set(feed.name, feed)
  }

  delete(channel: string): void {
    this.#feeds.delete(channel)
  }

  /** Value or quality of a channel changed: its holders are told at the next `flush`, once. */
  mark(feed: Feed): void {
    if (feed.isDirty) return
    feed.isDirty = true
    this.#changed.push(feed)
  }

  markAll(): void {
    for (const feed of this.all()) this.mark(feed)
  }

  flush(): void {
    const changed = this.#changed
    this.#changed = []
    for (const feed of changed) {
      feed.isDirty = false
      forPresent(feed.holders, (holder) => holder.onFlush(feed))
    }
  }
}
