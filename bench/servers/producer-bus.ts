/** How does the main thread of a server under test tell its producers what to send, and learn that they have? */
import { BroadcastChannel } from 'node:worker_threads'
import { BUS, type BusMessage, type Produced } from '../producers/plan.ts'
import type { Order } from './server-api.ts'

/** Longest wait for producers to start, ms. */
const READY_MS = 20_000
/** From the order to the first tick: time for it to reach the threads, ms. */
const LEAD_MS = 50

/** The main thread's end of the bus. */
export class ProducerBus {
  readonly #bus = new BroadcastChannel(BUS)
  readonly #producers: number
  #readyCount = 0
  #onReady: () => void = () => undefined
  #produced: Produced[] = []
  #onProduced: (produced: readonly Produced[]) => void = () => undefined
  #nextId = 0

  constructor(producers: number) {
    this.#producers = producers
    this.#bus.onmessage = ({ data }: { readonly data: unknown }) => this.#receive(data as BusMessage)
  }

  /** Resolves when every producer waits for its first plan. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`waited ${READY_MS / 1_000} s for ${this.#producers} producers`))
      const timer = setTimeout(late, READY_MS)
      this.#onReady = () => {
        clearTimeout(timer)
        resolve()
      }
      if (this.#readyCount >= this.#producers) this.#onReady()
    })
  }

  produce(order: Order): Promise<readonly Produced[]> {
    this.#produced = []
    const plan = { ...order, id: this.#nextId++, startTime: Date.now() + LEAD_MS }
    const message: BusMessage = { type: 'plan', plan }
    return new Promise((resolve) => {
      this.#onProduced = resolve
      this.#bus.postMessage(message)
    })
  }

  #receive(message: BusMessage): void {
    if (message.type === 'ready') {
      this.#readyCount += 1
      if (this.#readyCount === this.#producers) this.#onReady()
    } else if (message.type === 'produced') {
      this.#produced.push(message.produced)
      if (this.#produced.length === this.#producers) this.#onProduced(this.#produced)
    }
  }
}
