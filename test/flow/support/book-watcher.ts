import type { App } from '../../../src/app.ts'
import { OrderBook } from '../../../src/market/order-book.ts'
import type { Book } from '../../../src/protocol/market-data.ts'
import type { Status, Update } from '../../../src/protocol/server-events.ts'
import { TestClient } from './test-client.ts'

/**
 * A stock client that keeps a full book and depths of it, and holds each depth to the top of the full book whenever it
 * has taken in an `updates` event.
 */
export class BookWatcher {
  readonly client: TestClient
  readonly mistakes: string[] = []
  /** Comparisons by channel. */
  readonly compared = new Map<string, number>()
  readonly #full: string
  readonly #books = new Map<string, { readonly book: OrderBook; epoch: string }>()

  constructor(app: Pick<App, 'url'>, full: string) {
    this.client = new TestClient(app)
    this.#full = full
    const { socket } = this.client
    socket.on('status', ({ channel, epoch }: Status) => {
      // What is held of another epoch no longer counts.
      if (this.#books.get(channel)?.epoch !== epoch) this.#books.delete(channel)
    })
    socket.on('updates', (updates: readonly Update[]) => {
      for (const update of updates) if (update.channel.startsWith(this.#full)) this.#take(update)
      this.#compare()
    })
  }

  get held(): readonly string[] {
    return [...this.#books.keys()]
  }

  get comparisons(): number {
    return this.compared.values().reduce((sum, count) => sum + count, 0)
  }

  /** Ends subscriptions, and forgets what was held at the answer: the rest goes on without it. */
  unsubscribe(...channels: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      this.client.socket.emit('unsubscribe', { channels }, () => {
        for (const channel of channels) this.#books.delete(channel)
        resolve()
      })
    })
  }

  #take({ channel, type, epoch = '', data }: Update): void {
    const held = this.#books.get(channel) ?? { book: new OrderBook(), epoch }
    if (type === 'snapshot') {
      held.book.load(data as Book)
      held.epoch = epoch
      this.#books.set(channel, held)
    } else if (this.#books.has(channel)) held.book.apply(data as Book)
    else this.mistakes.push(`${channel}: a change before the first snapshot`)
  }

  #compare(): void {
    const full = this.#books.get(this.#full)
    if (full === undefined) return
    for (const [channel, { book, epoch }] of this.#books) {
      if (channel === this.#full || epoch !== full.epoch) continue
      const depth = Number(channel.split(':')[3])
      const [top, own] = [full.book.snapshot(depth), book.snapshot()].map(({ bids, asks }) => `${bids} | ${asks}`)
      if (top !== own) this.mistakes.push(`${channel}: expected ${top}, found ${own}`)
      this.compared.set(channel, (this.compared.get(channel) ?? 0) + 1)
    }
  }
}
