import { describe, expect, it } from 'vitest'
import { HistoryTap } from '../../src/history/history-tap.ts'
import { FLAG } from '../../src/protocol/port-messages.ts'
import { batchOf, declared, updatesIn, type Written } from '../support/segments.ts'

const CHANNELS = ['trade:SIM:A', 'quote:SIM:A', 'candle:SIM:A:1m', 'book:SIM:A', 'trade:SIM:B', 'trade:SIM:C']

/** What history is offered of messages, each given by the place of its channel. */
function tapped(messages: readonly Omit<Written, 'name'>[], refused: readonly string[] = []) {
  const offered: { epoch: string; updates: unknown }[] = []
  const tap = new HistoryTap(
    'e1',
    (epoch, bytes) => offered.push({ epoch, updates: JSON.parse(`${Buffer.from(bytes)}`) }) > 0
  )
  tap.declare(
    CHANNELS.slice(0, 4).map((channel) => declared({ channel })),
    refused
  )
  tap.declare(
    [
      ...CHANNELS.slice(4).map((channel) => declared({ channel })),
      { name: 'trade:X:Y', form: 'plain', contract: 'event' }
    ],
    refused
  )
  const batch = batchOf(messages.map((message) => ({ ...message, name: CHANNELS[message.channel] ?? 'trade:X:Y' })))
  tap.accept(batch)
  return { offered, sent: updatesIn(batch) }
}

describe('What history is given of a producer', () => {
  it('is its trades and candles, byte for byte and in order', () => {
    const places = [0, 0, 1, 2, 0, 3, 3, 4, 1, 5, 2]
    const { offered, sent } = tapped(
      places.map((channel, place) => ({ channel, seq: place + 1, data: { text: 'é'.repeat(place) } }))
    )
    const expected = sent.filter(({ channel }) => /^(trade|candle):/.test(channel))
    expect(expected).toHaveLength(7)
    expect(offered).toEqual([{ epoch: 'e1', updates: expected }])
  })

  it('is nothing when there are none', () => {
    expect(
      tapped([
        { channel: 1, seq: 1 },
        { channel: 3, seq: 1 }
      ]).offered
    ).toEqual([])
    expect(tapped([]).offered).toEqual([])
  })

  it('leaves out plain events, late-join bases, and channels that belong to another producer', () => {
    const messages = [
      { channel: 6, seq: 1 },
      { channel: 2, seq: 1, flags: FLAG.base },
      { channel: 4, seq: 1 },
      { channel: 9, seq: 1 }
    ]
    expect(tapped(messages, ['trade:SIM:B']).offered).toEqual([])
    expect(tapped(messages).offered).toMatchObject([{ updates: [{ channel: 'trade:SIM:B' }] }])
  })
})
