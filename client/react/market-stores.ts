import type { Live } from '../live/live.ts'
import type { Market } from '../market.ts'
import { FrameLoop, type RequestFrame } from './frame-loop.ts'
import { LiveStore } from './live-store.ts'

/** The stores of all components below a provider, by what they show; as many as there are different things on show. */
export class MarketStores {
  readonly market: Market
  readonly #frames: FrameLoop
  readonly #stores = new Map<string, LiveStore<Live<unknown>>>()

  constructor(market: Market, requestFrame?: RequestFrame) {
    this.market = market
    this.#frames = new FrameLoop(requestFrame)
  }

  /** @param key names what `open` opens: the same key, the same store. */
  of<L extends Live<unknown>>(key: string, open: (market: Market) => L): LiveStore<L> {
    const known = this.#stores.get(key) as LiveStore<L> | undefined
    if (known !== undefined) return known
    const onIdle = () => {
      if ((this.#stores.get(key) as unknown) === store) this.#stores.delete(key)
    }
    const store = new LiveStore<L>(() => open(this.market), this.#frames, onIdle)
    this.#stores.set(key, store as unknown as LiveStore<Live<unknown>>)
    return store
  }
}
