import { describe, expect, it } from 'vitest'
import type { BackfillToMain } from '../../../src/protocol/backfill.ts'
import { HistorySender } from '../../../workers/backfill/history-sender.ts'

const entry = (seq: number, text = '') => ({ channel: 'trade:SIM:A', seq, exchangeTime: seq, data: { text } })

/** A sender, with what it has posted. */
function startSender() {
  const posted: BackfillToMain[] = []
  const sender = new HistorySender((message) => posted.push(message))
  const entries = () =>
    posted.map((message) => (message.type === 'batch' ? JSON.parse(Buffer.from(message.bytes).toString()) : []))
  return { sender, posted, entries }
}

/** Entries that fill several batches, with letters of several bytes. */
const many = (count: number) => Array.from({ length: count }, (_, n) => entry(n + 1, 'é€'.repeat(500)))

describe('What a backfill sends to history', () => {
  it('is every entry once and in order, in batches that say what they are', async () => {
    const { sender, posted, entries } = startSender()
    for (const one of many(2_000)) {
      sender.add(one)
      while (posted.length > 0 && sender.unwritten > 0) sender.written()
    }
    const drained = sender.drained()
    while (sender.unwritten > 0) sender.written()
    await drained
    expect(entries().every(([first]) => first.backfill === true)).toBe(true)
    expect(entries().flatMap(([, ...rest]) => rest)).toEqual(many(2_000))
    expect(posted.length).toBeGreaterThan(10)
  })

  it('is no more than a few batches ahead of what is written, and whoever makes more waits', async () => {
    const { sender, posted } = startSender()
    for (const one of many(5_000)) sender.add(one)
    const [ahead] = [posted.length]
    expect(ahead).toBe(8)
    let isReady = false
    const ready = sender.ready().then(() => {
      isReady = true
    })
    sender.written()
    expect(posted).toHaveLength(ahead + 1)
    await Promise.resolve()
    expect(isReady).toBe(false)
    while (sender.unwritten > 0) {
      sender.written()
      await Promise.resolve()
    }
    await ready
  })

  it('is nothing more once it was stopped, and only what is under way is waited for', async () => {
    const { sender, posted } = startSender()
    for (const one of many(5_000)) sender.add(one)
    sender.stop()
    await sender.ready()
    sender.add(entry(1))
    const drained = sender.drained()
    for (let written = 0; written < 8; written++) {
      sender.written()
      await Promise.resolve()
    }
    await drained
    expect(posted).toHaveLength(8)
  })

  it('is nothing for a session without entries', async () => {
    const { sender, posted } = startSender()
    await sender.ready()
    await sender.drained()
    expect(posted).toEqual([])
  })
})
