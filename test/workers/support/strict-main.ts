import { expect } from 'vitest'
import { MAX_BATCHES_IN_FLIGHT } from '../../../src/protocol/port-messages.ts'
import { Outbox } from '../../../workers/outbox.ts'
import { KeptPort } from '../../support/segments.ts'

/** A main thread that takes batches in when it is told to, and checks that it is never sent more than it allowed. */
export class StrictMain {
  readonly port = new KeptPort()
  readonly outbox: Outbox
  #allowed: number
  #taken = 0
  /** Credit of batches that were given back without it. */
  #owed = 0

  constructor(credit: number, merges: boolean) {
    this.#allowed = credit
    this.outbox = new Outbox({ port: this.port, epoch: 'e', credit, merges, now: () => 0 })
  }

  /** Takes in up to `count` of the batches that wait, and gives their credit back. */
  takeIn(count: number): void {
    const batches = this.#take(count)
    if (batches === 0 && this.#owed === 0) return
    const credit = this.#owed
    this.#owed = 0
    this.#allowed += credit
    this.outbox.grant(credit, batches)
    this.check()
  }

  /** Takes in up to `count` of them, and gives nothing but the batches back. */
  callIn(count: number): void {
    const batches = this.#take(count)
    this.outbox.grant(0, batches)
    this.check()
  }

  takeInAll(): void {
    while (this.port.batches.length > this.#taken || this.#owed > 0) this.takeIn(1)
  }

  #take(count: number): number {
    this.check()
    const batches = this.port.batches.slice(this.#taken, this.#taken + count)
    this.#taken += batches.length
    this.#owed += batches.reduce((sum, batch) => sum + batch.credit, 0)
    return batches.length
  }

  check(): void {
    const sent = this.port.batches.reduce((sum, { credit: count }) => sum + count, 0)
    expect(sent).toBeLessThanOrEqual(this.#allowed)
    expect(this.port.batches.length - this.#taken).toBeLessThanOrEqual(MAX_BATCHES_IN_FLIGHT)
  }

  get sent(): number {
    return this.port.batches.reduce((sum, { credit: count }) => sum + count, 0)
  }
}
