import { describe, expect, it } from 'vitest'
import { formatRecordingLine, RECORDING_VERSION, type RecordedUpdates } from '../../../src/protocol/recording.ts'
import type { Update } from '../../../src/protocol/server-events.ts'
import { RECORDED_CHANNEL_LIMIT, TICKCAST_RECORDING } from '../../../workers/feeds/replay/tickcast-recording.ts'
import { asText, collect, createReplay, writeTemporary } from './replay/replay-run.ts'

const header = formatRecordingLine({ tickcast: RECORDING_VERSION, recordedAt: 1, source: 'http://localhost:3000' })
const updates = (...u: Update[]): string =>
  formatRecordingLine({ t: 1_000.25, e: 'updates', u } satisfies RecordedUpdates)
const book = 'book:SIM:AAPL'
const times = { exchangeTime: 7, ingestTime: 8 }
const snapshot = (seq: number): Update => ({
  channel: book,
  seq,
  type: 'snapshot',
  epoch: 'e',
  ...times,
  data: { bids: [['1', '2']], asks: [] }
})
const delta = (seq: number, prev?: number): Update => ({
  channel: book,
  seq,
  ...(prev === undefined ? {} : { prev }),
  ...times,
  data: { bids: [['1', String(seq)]], asks: [] }
})
const isDelta = (seq: number) => ({ channel: book, exchangeTime: 7, isSnapshot: false, data: delta(seq).data })
const isSnapshot = { channel: book, exchangeTime: 7, isSnapshot: true, data: snapshot(1).data }

async function replay(...lines: string[]) {
  const { feed, logs } = createReplay([writeTemporary('session.ndjson', lines.join(''))])
  return { messages: await collect(feed), errors: feed.inputErrors, logs }
}

describe('A replay of what tickcast recorded', () => {
  it('publishes the recorded updates on their channels and plain events as they were', async () => {
    const quote = {
      channel: 'quote:SIM:AAPL',
      seq: 3,
      prev: 1,
      type: 'snapshot' as const,
      ...times,
      data: { bid: '1.0' }
    }
    const { messages, errors } = await replay(
      header,
      updates(quote, snapshot(5)),
      formatRecordingLine({ t: 1_001, e: 'news', d: ['any', { value: null }] }),
      updates(delta(6))
    )

    expect(messages).toEqual([
      { channel: 'quote:SIM:AAPL', exchangeTime: 7, data: { bid: '1.0' } },
      isSnapshot,
      { on: 'news', data: ['any', { value: null }] },
      isDelta(6)
    ])
    expect(errors).toBe(0)
  })

  it('declares its channels, takes a header in each file, and passes over what the protocol itself sent', async () => {
    const heartbeat = formatRecordingLine({ t: 1_002, e: 'heartbeat', d: { serverTime: 1 } })
    const files = [
      writeTemporary('1.ndjson', header + updates(snapshot(1)) + heartbeat),
      writeTemporary('2.ndjson', header + updates(delta(2)))
    ]
    const { feed, logs } = createReplay(files)

    expect(await collect(feed)).toEqual([isSnapshot, isDelta(2)])
    expect(await createReplay(files).feed.open()).toEqual([{ channel: book }])
    expect(logs).toEqual(['info: Replay finished: 2 messages, 1 lines ignored, 0 input errors'])
  })

  it('makes a hole in a recorded book known, and is silent on it until the next snapshot', async () => {
    const { messages, errors } = await replay(
      header,
      updates(snapshot(1), delta(2)),
      '{"t":1001,"e":"upda\n',
      updates(delta(4), delta(5)),
      updates(snapshot(5), delta(7, 5))
    )

    expect(messages).toEqual([
      isSnapshot,
      isDelta(2),
      { quality: 'recovering', cause: 'gap', channels: [book] },
      isSnapshot,
      { quality: 'live', cause: 'none', channels: [book] },
      isDelta(7)
    ])
    expect(errors).toBe(1)
  })

  it('leaves out book deltas that came before a snapshot, or twice', async () => {
    const { messages, logs } = await replay(
      header,
      updates(delta(1), snapshot(2), delta(3), delta(3), delta(2), delta(5, 2))
    )

    expect(messages).toEqual([isSnapshot, isDelta(3), isDelta(5)])
    expect(logs.at(-1)).toContain('3 lines ignored')
  })

  it(`knows ${RECORDED_CHANNEL_LIMIT} channels; updates of further ones are input errors`, () => {
    const normaliser = TICKCAST_RECORDING.createNormaliser(new Set())
    const line = (from: number, count: number) =>
      updates(
        ...Array.from({ length: count }, (_, index) => ({
          channel: `x:SIM:${from + index}`,
          seq: 1,
          ...times,
          data: {}
        }))
      )
    for (let from = 0; from < RECORDED_CHANNEL_LIMIT; from += 10_000) {
      expect(normaliser.push(line(from, 10_000))).not.toHaveProperty('problem')
    }

    expect(normaliser.push(line(RECORDED_CHANNEL_LIMIT, 1))).toHaveProperty('problem')
    expect(normaliser.push(line(RECORDED_CHANNEL_LIMIT - 1, 1))).not.toHaveProperty('problem')
    expect(normaliser.channels.size).toBe(RECORDED_CHANNEL_LIMIT)
  })

  it('counts lines that are no events', async () => {
    const bad = [
      '[]',
      '{"t":1}',
      '{"t":1,"e":"updates","u":{}}',
      '{"t":1,"e":"updates","u":[null]}',
      '{"t":1,"e":"updates","u":[{"channel":"no channel","seq":1,"exchangeTime":1,"data":{}}]}',
      '{"t":1,"e":"updates","u":[{"channel":"book:SIM:AAPL","seq":1,"exchangeTime":1,"data":{"bids":[[1,2]],"asks":[]}}]}',
      '{"t":1,"e":"news"}'
    ]
    const { messages, errors } = await replay(header, asText(bad), updates(snapshot(1)))

    expect(messages).toEqual([isSnapshot])
    expect(errors).toBe(bad.length)
  })
})
