import { describe, expect, it } from 'vitest'
import type { Market } from '../../client/index.ts'
import type { Live } from '../../client/live/live.ts'
import { MarketStores } from '../../client/react/market-stores.ts'

/** A live object that changes when it is told to. */
class FakeLive {
  value = 0
  readonly quality = { quality: 'live', cause: 'none', sinceMs: 0, lastUpdateMs: 0 } as const
  readonly gaps = 0
  isClosed = false
  readonly #listeners = new Set<() => void>()

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  change(value: number): void {
    this.value = value
    for (const listener of this.#listeners) listener()
  }

  close(): void {
    this.isClosed = true
  }
}

function stage() {
  const frames: (() => void)[] = []
  const opened: FakeLive[] = []
  const stores = new MarketStores({} as Market, (callback) => frames.push(callback))
  const open = () => {
    const live = new FakeLive()
    opened.push(live)
    return live as unknown as Live<number>
  }
  const storeOf = (key: string) => stores.of(key, open)
  const drawFrame = () => {
    for (const frame of frames.splice(0)) frame()
  }
  return { storeOf, opened, frames, drawFrame }
}

describe('the stores behind the hooks', () => {
  it('open one live object for all components that show the same', () => {
    const { storeOf, opened } = stage()
    const first = storeOf('quote A')
    expect(storeOf('quote A')).toBe(first)
    expect(storeOf('quote B')).not.toBe(first)
    expect(opened).toHaveLength(0)
    first.subscribe(() => undefined)
    storeOf('quote A').subscribe(() => undefined)
    expect(opened).toHaveLength(1)
  })

  it('tell everything that changed in one frame, each once, and keep the same snapshot until then', () => {
    const { storeOf, opened, frames, drawFrame } = stage()
    const told: string[] = []
    for (const key of ['A', 'B']) storeOf(key).subscribe(() => told.push(key))
    const before = storeOf('A').snapshot()
    for (let value = 1; value <= 100; value++) for (const live of opened) live.change(value)
    expect([told, frames.length]).toEqual([[], 1])
    expect(storeOf('A').snapshot()).toBe(before)
    drawFrame()
    expect(told).toEqual(['A', 'B'])
    expect(storeOf('A').snapshot()).toMatchObject({ value: 100, quality: { quality: 'live' }, gaps: 0 })
    expect(storeOf('A').snapshot()).toBe(storeOf('A').snapshot())
    expect(frames).toHaveLength(0)
  })

  it('close what no component shows any more, after a frame in which another could take it over', () => {
    const { storeOf, opened, drawFrame } = stage()
    const leave = storeOf('A').subscribe(() => undefined)
    leave()
    storeOf('A').subscribe(() => undefined)()
    const stay = storeOf('A').subscribe(() => undefined)
    drawFrame()
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([false])
    stay()
    drawFrame()
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true])
    storeOf('A').subscribe(() => undefined)
    expect(opened).toHaveLength(2)
  })
})
