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

describe('What history is told of a feed whose time begins anew', () => {
  /** A life with its first trades, and what was offered since. */
  function rewindable() {
    const offered: unknown[] = []
    const told = { isTaken: true }
    const tap = new HistoryTap('e1', (_, bytes) => {
      if (told.isTaken) offered.push(...(JSON.parse(`${Buffer.from(bytes)}`) as unknown[]))
      return told.isTaken
    })
    const names = ['trade:SIM:A', 'quote:SIM:A', 'candle:SIM:A:1m']
    const declare = (name: string) => tap.declare([declared({ channel: name })], ['trade:SIM:X'])
    for (const name of names) declare(name)
    const accept = (seq: number, channel = 0) => tap.accept(batchOf([{ channel, seq, name: names[channel] ?? 'x' }]))
    return { tap, offered, told, declare, accept }
  }

  it('comes with the next of its updates, once, and names all channels that are kept', () => {
    const { tap, offered, accept } = rewindable()
    accept(1)
    tap.rewind()
    accept(1, 1)
    expect(offered).toHaveLength(1)
    accept(2)
    accept(3)

    expect(offered.slice(1)).toMatchObject([{ rewind: ['trade:SIM:A', 'candle:SIM:A:1m'] }, { seq: 2 }, { seq: 3 }])
  })

  it('comes again when the batch it came with was not taken', () => {
    const { tap, offered, told, accept } = rewindable()
    tap.rewind()
    told.isTaken = false
    accept(1)
    told.isTaken = true
    accept(2)

    expect(offered).toMatchObject([{ rewind: expect.any(Array) }, { seq: 2 }])
  })

  it('comes for channels that are declared later, too, but not for those of another producer', () => {
    const { tap, offered, declare, accept } = rewindable()
    tap.rewind()
    accept(1)
    declare('trade:SIM:B')
    declare('trade:SIM:X')
    accept(2)
    accept(3)

    expect(offered.slice(2)).toMatchObject([{ rewind: ['trade:SIM:B'] }, { seq: 2 }, { seq: 3 }])
  })
})
