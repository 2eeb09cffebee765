import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CreditDesk } from '../../src/ingest/credit-desk.ts'
import { ProducerLink } from '../../src/ingest/producer-link.ts'
import {
  type BatchMessage,
  type CreditMessage,
  MAX_BATCHES_IN_FLIGHT,
  type ProducerToMain
} from '../../src/protocol/port-messages.ts'
import { Outbox } from '../../workers/outbox.ts'
import { trade } from '../support/messages.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { batchOf, updatesIn } from '../support/segments.ts'

const totals = { published: 1, merged: 2, dropped: 3, inputErrors: 4, pauses: 5 }

/** A link at one end of a real port; the other end is the producer's. */
function openLink(onBatch: (batch: BatchMessage) => void = () => undefined, credit = 1) {
  const { port1, port2 } = new MessageChannel()
  const heard: unknown[] = []
  const link = new ProducerLink({
    port: port1 as never,
    credit,
    sink: {
      rest: (channels) => heard.push(['rest', ...channels]),
      rewind: () => heard.push('rewind'),
      declare: (channels) => heard.push(['declare', ...channels.map(({ name }) => name)]),
      accept: onBatch,
      setQuality: (...news) => heard.push(['quality', ...news])
    },
    listener: {
      onOpened: (threadId) => heard.push(['opened', threadId]),
      onBatch: () => heard.push('batch'),
      onBeat: ({ published }) => heard.push(['beat', published]),
      onLog: (level, text) => heard.push([level, text]),
      onFinished: ({ dropped }) => heard.push(['finished', dropped])
    },
    grantCredit: (credit, batches, memory) =>
      port1.postMessage({ type: 'credit', credit, batches, memory }, memory as ArrayBuffer[])
  })
  onTestFinished(() => {
    link.close()
    port2.close()
  })
  const credits: CreditMessage[] = []
  const post = (message: ProducerToMain) => port2.postMessage(message)
  return { link, post, heard, credits, port2 }
}

const batch = (count: number, from = 1) =>
  batchOf(Array.from({ length: count }, (_, n) => ({ channel: 0, name: 'trade:SIM:A', seq: from + n })))

describe('A producer link', () => {
  it('hands on whatever its producer says, in order', async () => {
    const { link, post, heard } = openLink()
    expect(link.canPause).toBe(false)
    post({ type: 'channels', channels: [{ name: 'trade:SIM:A', form: 'channel', contract: 'event' }] })
    post({ type: 'opened', threadId: 7, canPause: true })
    post(batch(2))
    post({ type: 'quality', quality: 'stale', cause: 'venue_silent', channels: [0] })
    post({ type: 'beat', ...totals })
    post({ type: 'log', level: 'warn', text: 'a word' })
    post({ type: 'finished', ...totals })
    await setTimeout(10)

    expect(link.canPause).toBe(true)
    expect(heard).toEqual([
      ['declare', 'trade:SIM:A'],
      ['opened', 7],
      'batch',
      ['quality', 'stale', 'venue_silent', [0]],
      ['beat', 1],
      ['warn', 'a word'],
      ['finished', 3]
    ])
  })

  it('gives credit back exactly once for each message taken in', async () => {
    const { link, post, port2, credits } = openLink()
    port2.on('message', (credit: CreditMessage) => credits.push(credit))
    link.grant()
    post(batch(3))
    post(batch(2, 4))
    await setTimeout(10)
    link.grant()
    link.grant()
    post(batch(4, 6))
    await setTimeout(10)
    link.grant()
    await setTimeout(10)

    expect(credits).toMatchObject([
      { type: 'credit', credit: 5, batches: 2 },
      { type: 'credit', credit: 4, batches: 1 }
    ])
  })

  it('wakes its producer for a quarter of its credit, or of its batches, or for large memory, and for no less', async () => {
    const { link, post, port2, credits } = openLink(undefined, 16)
    port2.on('message', (credit: CreditMessage) => credits.push(credit))
    let from = 1
    const comes = async (count: number) => {
      post(batch(count, from))
      from += count
      await setTimeout(10)
      link.grant()
    }
    await comes(1)
    expect(link.owedCredit).toBe(0)
    post(batch(2, 2))
    from += 2
    await setTimeout(10)
    expect(link.owedCredit).toBe(2)
    link.grant()
    await comes(1)
    await setTimeout(10)
    expect(credits).toMatchObject([{ credit: 3, batches: 2 }])
    post({ ...batch(1, from++), credit: 0 })
    await setTimeout(10)
    link.grant()
    await setTimeout(10)
    expect(credits.slice(1)).toMatchObject([{ credit: 1, batches: MAX_BATCHES_IN_FLIGHT / 4 }])
    post({ ...batch(1, from++), bytes: new Uint8Array(2 ** 20) })
    await setTimeout(10)
    link.grant()
    await setTimeout(10)
    expect(credits.slice(2)).toMatchObject([{ credit: 1, batches: 1 }])
  })

  it('gives the memory of each batch back with its credit, bytes and records in turn', async () => {
    const received: BatchMessage[] = []
    const { link, post, port2, credits } = openLink((one) => received.push(one))
    port2.on('message', (credit: CreditMessage) => credits.push(credit))
    const sizes: number[] = []
    for (const one of [batch(3), batch(2, 4), batch(1, 6)]) {
      sizes.push(one.bytes.byteLength, one.records.byteLength)
      post(one)
      await setTimeout(10)
      if (received.length > 1) link.grant()
    }
    await setTimeout(10)

    expect(credits.map(({ memory }) => memory.length / 2)).toEqual([2, 1])
    expect(credits.flatMap(({ memory }) => memory.map(({ byteLength }) => byteLength))).toEqual(sizes)
    for (const { bytes } of received) expect(bytes.byteLength).toBe(0)
  })

  it('takes in nothing after it was closed, not even what has arrived already', async () => {
    let taken = 0
    const { link, post } = openLink(() => {
      taken += 1
      if (taken === 2) link.close()
    })
    for (let n = 0; n < 10; n++) post(batch(1, n + 1))
    await setTimeout(10)

    expect(taken).toBe(2)
  })
})

describe('A producer, its link and the credit desk', () => {
  it('bring what the producer held back for want of batches as one more, when it is called in', async () => {
    const batches: number[] = []
    const { link, port2 } = openLink((taken) => batches.push(taken.credit))
    const outbox = new Outbox({ port: port2 as never, epoch: 'e', credit: 100, merges: false, now: Date.now })
    const credits: number[] = []
    port2.on('message', ({ credit, batches: given }: CreditMessage) => {
      credits.push(credit)
      outbox.grant(credit, given)
    })
    const publish = (from: number, to: number) => {
      for (let n = from; n <= to; n++) {
        outbox.publish(trade('A', n))
        outbox.flush()
      }
    }
    publish(1, MAX_BATCHES_IN_FLIGHT / 2 - 1)
    await setTimeout(10)
    link.callIn()
    publish(MAX_BATCHES_IN_FLIGHT / 2, 20)
    await setTimeout(10)
    expect([batches.length, credits]).toEqual([MAX_BATCHES_IN_FLIGHT, []])
    link.callIn()
    link.callIn()
    await setTimeout(10)
    expect(batches.slice(MAX_BATCHES_IN_FLIGHT)).toEqual([20 - MAX_BATCHES_IN_FLIGHT])
    expect(credits).toEqual([0])
    link.grant()
    await setTimeout(10)
    expect(credits).toEqual([0, 20])
    expect(link.owedCredit).toBe(0)
  })

  it('give credit back that is owed without a batch', async () => {
    const { link, post, port2, credits } = openLink()
    port2.on('message', (credit: CreditMessage) => credits.push(credit))
    for (let n = 1; n <= MAX_BATCHES_IN_FLIGHT; n++) post(batch(1, n))
    await setTimeout(10)
    link.callIn()
    link.grant()
    link.grant()
    await setTimeout(10)
    expect(credits.map(({ credit, batches, memory }) => [credit, batches, memory.length])).toEqual([
      [0, MAX_BATCHES_IN_FLIGHT, 2 * MAX_BATCHES_IN_FLIGHT],
      [MAX_BATCHES_IN_FLIGHT, 0, 0]
    ])
  })

  it.each([1, 7, 64])('bring 5,000 trades over on a credit of %i, each once and in order', async (credit) => {
    const random = randomNumbers(credit)
    let queued = 0
    let most = 0
    const seqs: number[] = []
    const { link, port2 } = openLink((taken) => {
      queued += taken.credit
      most = Math.max(most, queued)
      seqs.push(...updatesIn(taken).map(({ seq }) => seq))
      if (random() < 0.5) desk.callIn()
      setImmediate(() => {
        queued = 0
        desk.grantAll()
      })
    })
    const desk = new CreditDesk({
      isCongested: () => false,
      isDrained: () => true,
      patienceMs: 0,
      now: performance.now
    })
    desk.links.add(link)
    const outbox = new Outbox({ port: port2 as never, epoch: 'e', credit, merges: false, now: Date.now })
    port2.on('message', ({ credit: given, batches }: CreditMessage) => outbox.grant(given, batches))
    for (let n = 1; n <= 5_000; n++) {
      outbox.publish(trade('A', n))
      if (n % 50 === 0) outbox.flush()
    }
    await outbox.drained()
    await setTimeout(20)

    expect(seqs).toEqual(Array.from({ length: 5_000 }, (_, place) => place + 1))
    expect(most).toBeLessThanOrEqual(credit)
  })
})
