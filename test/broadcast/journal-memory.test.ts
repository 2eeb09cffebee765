import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { QueuedMessages } from '../../src/broadcast/queue.ts'
import { batchOf, jsonOf, TestPlant, type Written } from '../support/segments.ts'

const seed = 20_261_126
const names = ['trade:SIM:A', 'quote:SIM:A']

/** A batch of so many messages with texts of this length; or a flush that begins or ends. */
const anyStep = fc.oneof(
  { weight: 3, arbitrary: fc.record({ messages: fc.integer({ min: 1, max: 5 }), length: fc.nat({ max: 3_000 }) }) },
  { weight: 2, arbitrary: fc.constantFrom('begin' as const, 'end' as const) }
)

/** A plant whose flushes take their time, as they do when there are many clients. */
class SlowPlant {
  readonly plant: TestPlant
  readonly #life
  /** What was published and not sent yet, in order. */
  readonly #unsent: string[] = []
  #flush: QueuedMessages | undefined
  #seq = 0
  /** Batches for which the ring had room, and others. */
  inRing = 0
  beside = 0

  constructor(journalBytes: number) {
    this.plant = new TestPlant({ journalBytes })
    this.#life = this.plant.begin('p', 'e', ...names)
  }

  accept(messages: number, length: number): void {
    const written: Written[] = Array.from({ length: messages }, () => {
      const seq = ++this.#seq
      const channel = seq % names.length
      return { channel, name: names[channel] ?? '', seq, prev: seq - names.length, data: { text: 'x'.repeat(length) } }
    })
    this.#unsent.push(...written.map(jsonOf))
    const batch = batchOf(written)
    this.plant.tickerplant.accept(this.#life, batch)
    // As the producer does, into whose hands it comes back.
    batch.bytes.fill(0)
    batch.records.fill(0)
    const { lastSegment } = this.plant.channel(written.at(-1)?.name ?? '')
    if (lastSegment?.ringStart === undefined) this.beside += 1
    else this.inRing += 1
  }

  begin(): void {
    if (this.#flush !== undefined) return
    this.#flush = this.plant.queue.drain()
    this.plant.journal.flushBegins()
  }

  /** What the flush has sent must be what was published, however much came meanwhile. */
  end(): void {
    if (this.#flush === undefined) return
    const { segments, indexes } = this.#flush
    const sent = segments.map((segment, place) => segment.json(indexes[place] ?? 0).toString())
    expect(sent).toEqual(this.#unsent.splice(0, sent.length))
    this.#flush = undefined
    this.plant.journal.flushEnds()
  }
}

describe('The memory of the journal', () => {
  it(`is not written to while anything of it may still be sent (seed ${seed})`, () => {
    let inRing = 0
    let beside = 0
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 20, maxLength: 200 }), (steps) => {
        const slow = new SlowPlant(20_000)
        for (const step of steps) {
          if (step === 'begin') slow.begin()
          else if (step === 'end') slow.end()
          else slow.accept(step.messages, step.length)
        }
        slow.end()
        slow.begin()
        slow.end()
        inRing += slow.inRing
        beside += slow.beside
      }),
      { seed, numRuns: 200 }
    )
    // Both ways were gone.
    expect(inRing).toBeGreaterThan(1_000)
    expect(beside).toBeGreaterThan(10)
  })

  it('is used again and again while flushes end in time', () => {
    const slow = new SlowPlant(20_000)
    for (let n = 0; n < 1_000; n++) {
      slow.accept(3, 500)
      slow.begin()
      slow.end()
    }
    expect(slow.beside).toBe(0)
    expect(slow.plant.journal.bytes).toBeLessThanOrEqual(20_000)
  })

  it('is left alone by a batch that has no room in it', () => {
    const slow = new SlowPlant(20_000)
    slow.accept(2, 200_000)
    slow.accept(1, 10)
    slow.begin()
    slow.end()
    expect([slow.inRing, slow.beside]).toEqual([1, 1])
  })
})
