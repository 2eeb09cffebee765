import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FLAG } from '../../src/protocol/port-messages.ts'
import { BatchWriter } from '../../workers/batch-writer.ts'
import { recordsIn } from '../support/segments.ts'

const seed = 20_240_811

/** Texts of one, two, three and four bytes a character, combining marks, and halves of surrogate pairs, escaped. */
const anyJson = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => JSON.stringify(text)),
  fc.constantFrom('"🚀🚀"', '"e\u0301"', '"ﷺ"', '"\u2028"', '{}')
)

function written(jsons: readonly string[]) {
  const writer = new BatchWriter()
  const lengths = jsons.map((json, place) => writer.write(json, 3, place + 1, place, FLAG.delta, true))
  return { writer, lengths, batch: writer.take(1) }
}

describe('A batch', () => {
  it(`names the bytes of each message, whatever its characters (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.array(anyJson, { minLength: 1, maxLength: 30 }), (jsons) => {
        const { lengths, batch } = written(jsons)
        expect(Buffer.from(batch.bytes).toString()).toBe(jsons.join(','))
        recordsIn(batch).forEach(({ start, end }, place) => {
          expect(Buffer.from(batch.bytes.subarray(start, end)).toString()).toBe(jsons[place])
          expect(lengths[place]).toBe(end - start)
        })
      }),
      { seed, numRuns: 300 }
    )
  })

  it('says of each message what it was written with', () => {
    const { batch } = written(['1', '22'])

    expect(batch.ingestTime).toBe(1)
    expect(recordsIn(batch)).toMatchObject([
      { channel: 3, seq: 1, prev: 0, start: 0, end: 1, flags: FLAG.delta },
      { channel: 3, seq: 2, prev: 1, start: 2, end: 4, flags: FLAG.delta }
    ])
  })

  it('holds a message larger than all memory so far, between small ones', () => {
    const large = JSON.stringify('€'.repeat(1_000_000))
    const { batch } = written(['"before"', large, '"after"'])
    const texts = recordsIn(batch).map(({ start, end }) => Buffer.from(batch.bytes.subarray(start, end)).toString())

    expect(texts[1] === large).toBe(true)
    expect([texts[0], texts[2]]).toEqual(['"before"', '"after"'])
  })

  it.each([255, 256, 257, 2_000])('keeps the record of each of %i messages', (count) => {
    const { batch } = written(Array.from({ length: count }, (_, place) => String(place)))

    expect(recordsIn(batch).map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, place) => place + 1))
  })

  it('has memory of its own, so that it can be handed to another thread', () => {
    const writer = new BatchWriter()
    writer.write('"first"', 0, 1, 0, 0, true)
    const first = writer.take(1)
    writer.write('"other"', 1, 9, 8, 0, true)
    const second = writer.take(2)

    expect(Buffer.from(first.bytes).toString()).toBe('"first"')
    expect(Buffer.from(second.bytes).toString()).toBe('"other"')
    expect(first.bytes.buffer).not.toBe(second.bytes.buffer)
    expect(first.records.buffer).not.toBe(second.records.buffer)
    expect(recordsIn(second)).toMatchObject([{ seq: 9, start: 0 }])
  })

  it('is written into memory that came back, over what was there', () => {
    const writer = new BatchWriter()
    writer.write('"first"', 5, 7, 6, FLAG.delta, true)
    const first = writer.take(1)
    first.records.fill(99)
    const memory = [first.bytes.buffer, first.records.buffer] as ArrayBuffer[]
    writer.reuse(memory)
    writer.take(2)
    writer.write('2', 1, 9, 8, 0, true)
    const reused = writer.take(3)

    expect([reused.bytes.buffer, reused.records.buffer]).toEqual(memory)
    expect(Buffer.from(reused.bytes).toString()).toBe('2')
    expect(recordsIn(reused)).toEqual([
      { channel: 1, seq: 9, prev: 8, start: 0, end: 1, flags: 0, priorSegment: 0, priorIndex: 0 }
    ])
  })

  it('counts the messages that use credit, and no others', () => {
    const writer = new BatchWriter()
    writer.write('1', 0, 1, 0, 0, true)
    writer.write('2', 0, 1, 0, FLAG.base, false)
    writer.write('3', 0, 2, 1, 0, true)

    expect(writer.messages).toBe(3)
    expect(writer.take(1).credit).toBe(2)
    expect(writer.messages).toBe(0)
    expect(writer.take(1)).toMatchObject({ credit: 0 })
  })
})
