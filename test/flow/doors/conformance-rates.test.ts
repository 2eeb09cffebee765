import { expect, it, onTestFinished } from 'vitest'
import type { App } from '../../../src/app.ts'
import type { Update, UpdatesMeta } from '../../../src/protocol/server-events.ts'
import { getJson, until } from '../support/test-app.ts'
import { Auditor } from './support/auditor.ts'
import type { DoorClient } from './support/door-client.ts'
import { DOORS } from './support/doors.ts'
import { quote, RemoteProducer, trade } from './support/remote-producer.ts'
import { sharedApp } from './support/shared-app.ts'

const [QUOTE, TRADE, BOOK] = ['quote:LAB:GOLD', 'trade:LAB:GOLD', 'book:LAB:GOLD'] as const
const ALL = [QUOTE, TRADE, BOOK] as const
const RATES = [2, 10, 50, 100] as const
/** Longest time for which a process that shares its cores with others is held up, give or take; far less than is measured. */
const HELD_UP_SECONDS = 0.25
/** Messages on each channel in one go, and the time between two. */
const BURST = 4
const BURST_MS = 10

const producer = new RemoteProducer('lab', ALL)
const app = sharedApp({}, producer)
let at = 0

/** Publishes the next messages of each channel; the book changes at both ends and in the middle, and loses levels. */
function publish(count: number): void {
  for (const end = at + count; at < end; ) {
    at += 1
    const bids = [[String(at % 50), String(at % 7)] as const, [String(50 + (at % 3)), String(at)] as const]
    const data = at === 1 ? { bids: [], asks: [] } : { bids, asks: [] }
    producer.publish(
      { channel: QUOTE, data: quote(at) },
      { channel: TRADE, data: trade(at) },
      { channel: BOOK, data, isSnapshot: at === 1 }
    )
  }
}

/** Publishes on and on while `run` runs. */
async function whilePublishing(run: () => Promise<unknown>): Promise<void> {
  const timer = setInterval(() => publish(BURST), BURST_MS)
  onTestFinished(() => clearInterval(timer))
  await run()
  clearInterval(timer)
}

/** The updates after those it was let in with, and how many seconds they took by the clock of the server. */
function paceOf(client: DoorClient, channel: string, from = 0): { readonly count: number; readonly seconds: number } {
  const flushes = client.events
    .slice(from)
    .flatMap(({ name, args }) => (name === 'updates' ? [args as [Update[], UpdatesMeta]] : []))
  const ofChannel = flushes.map(([updates, { emitTime }]) => ({
    count: updates.filter((update) => update.channel === channel).length,
    emitTime
  }))
  const later = ofChannel.filter(({ count }) => count > 0).slice(1)
  const seconds = ((later.at(-1)?.emitTime ?? 0) - (later[0]?.emitTime ?? 0)) / 1_000
  return { count: later.reduce((sum, { count }) => sum + count, 0), seconds }
}

/** Says what is wrong with the ranges that updates stand for: together they have to be the whole sequence. */
function holesOf(client: DoorClient, channel: string): readonly string[] {
  const { ranges } = client.auditor.held(channel)
  return ranges.flatMap(([prev], place) => {
    const before = ranges[place - 1]?.[1] ?? prev
    return prev <= before ? [] : [`${before} to ${prev}`]
  })
}

async function bookInRest(): Promise<unknown> {
  const path = `/api/v1/snapshot?channel=${BOOK}`
  const { snapshots } = await getJson<{ snapshots: readonly { updates: readonly Update[] }[] }>(app as App, path)
  const auditor = new Auditor()
  for (const update of snapshots[0]?.updates ?? []) auditor.take(update)
  return auditor.held(BOOK).book.levels()
}

/** Fails unless what came on a channel came at `rate`. */
function expectPace(client: DoorClient, channel: string, rate: number, from = 0): void {
  const { count, seconds } = paceOf(client, channel, from)
  // One at either end of the time, and a lane that was late for one is in time for the next. And a flush is stamped when it
  // begins: where the process is held up before it looks at its lanes, the time by its stamps is shorter than the real one.
  const isHeld = (found: number) => found <= rate * (seconds + HELD_UP_SECONDS) + 2
  expect([channel, count]).toEqual([channel, expect.toSatisfy(isHeld, `at most ${rate} Hz in ${seconds} s`)])
  expect(count).toBeGreaterThan(Math.min(rate, 10) * seconds * 0.3)
}

it('gives clients of every door at most as many updates a second as they asked for, none unaccounted for', async () => {
  const full = DOORS.map(([, open]) => open(app))
  const limited = DOORS.flatMap(([, open]) => RATES.map((rate) => ({ rate, client: open(app) })))
  await Promise.all(full.map((client) => client.subscribe(QUOTE, TRADE, BOOK)))
  for (const { rate, client } of limited) {
    const { channels } = await client.subscribe(...ALL.map((channel) => ({ channel, maxRateHz: rate })))
    expect(channels.map(({ granted }) => granted.maxRateHz)).toEqual([rate, 100, rate])
  }
  const isDone = () => limited.every(({ client }) => client.updatesOf(QUOTE).length > 4)
  await whilePublishing(() => until(isDone, 'updates of the slowest'))
  const clients = [...full, ...limited.map(({ client }) => client)]
  await Promise.all(clients.flatMap((client) => ALL.map((channel) => client.reach(channel, at))))

  for (const { rate, client } of limited) {
    expectPace(client, QUOTE, rate)
    expectPace(client, BOOK, rate)
    expect([...holesOf(client, QUOTE), ...holesOf(client, BOOK)]).toEqual([])
  }
  const book = await bookInRest()
  for (const client of clients) {
    expect(client.auditor.held(QUOTE).newest?.data).toEqual(quote(at))
    expect(client.auditor.held(BOOK).book.levels()).toEqual(book)
    const seqs = client.updatesOf(TRADE).map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_seq, place) => (seqs[0] ?? 0) + place))
    expect(client.auditor.violations).toEqual([])
  }
})

it('lets clients of every door change the rate by subscribing again, faster and slower, without a hole', async () => {
  const wishes = [
    [5, 4],
    [50, 20],
    [2, 2],
    [undefined, 40]
  ] as const
  await whilePublishing(() =>
    Promise.all(
      DOORS.map(async ([, open]) => {
        const client = open(app)
        for (const [place, [rate, count]] of wishes.entries()) {
          const { channels } = await client.subscribe(rate === undefined ? QUOTE : { channel: QUOTE, maxRateHz: rate })
          expect(channels[0]?.granted.maxRateHz).toBe(rate ?? 100)
          await until(() => client.auditor.channels.get(QUOTE)?.snapshots === place + 1, 'the snapshot')
          await until(() => client.auditor.held(QUOTE).ranges.length >= count, 'updates')
          const from = client.events.findLastIndex(
            ({ name, args }) => name === 'updates' && (args[0] as Update[]).some(({ type }) => type === 'snapshot')
          )
          if (rate !== undefined) expectPace(client, QUOTE, rate, from)
          else expect(client.auditor.held(QUOTE).ranges.every(([prev, seq]) => prev === seq - 1)).toBe(true)
          expect(holesOf(client, QUOTE)).toEqual([])
        }
        expect(client.auditor.violations).toEqual([])
      })
    )
  )
})

it.each([
  [0.01, 0.1],
  [0.1, 0.1],
  [3, 2],
  [10, 10],
  [49.9, 25],
  [50, 50],
  [99, 50],
  [1e9, 100]
])('tells clients who ask for %d updates a second that it is %d', async (asked, granted) => {
  for (const [, open] of DOORS) {
    const { channels } = await open(app).subscribe({ channel: QUOTE, maxRateHz: asked })
    expect(channels[0]).toMatchObject({ ok: true, granted: { maxRateHz: granted } })
  }
})
