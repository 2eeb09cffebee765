import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ChannelState } from '../../src/broadcast/channel-state.ts'
import { Journal } from '../../src/broadcast/journal.ts'
import type { Cohort } from '../../src/gateway/cohort.ts'
import { FanOut } from '../../src/gateway/fan-out.ts'
import { Frame } from '../../src/gateway/frame.ts'
import { HeartbeatTimes } from '../../src/gateway/heartbeat-times.ts'
import type { Lane } from '../../src/gateway/lane.ts'
import { Lanes } from '../../src/gateway/lanes.ts'
import { SlowClients } from '../../src/gateway/slow-clients.ts'
import { Subscriber } from '../../src/gateway/subscriber.ts'
import { createCounters } from '../../src/telemetry/counters.ts'
import { segmentOf } from '../support/segments.ts'
import { FakeConnection } from './support/fake-connection.ts'

const CLIENTS = 6
const CHANNELS = 6

/** Client, channel, and what becomes of the one on the other: not held, held at full rate, or at one of two others. */
const anyStep = fc.record({
  client: fc.nat({ max: CLIENTS - 1 }),
  channels: fc.array(fc.nat({ max: CHANNELS - 1 }), { maxLength: 4 }),
  lane: fc.constantFrom('none', 'full', 'fast', 'slow', 'gone')
})

/** A gateway of which only the memberships matter. */
function fanOutOf(lanes: Lanes): FanOut {
  const counters = createCounters()
  const journal = new Journal(1_000)
  const now = () => 0
  const limits = { maxBacklogBytes: 1_000, maxClientKbps: 0, slowCloseMs: 1_000 }
  const slowClients = new SlowClients({ counters, journal, ...limits, now })
  const heartbeat = () => Frame.ofEvent('heartbeat')
  return new FanOut({
    counters,
    journal,
    lanes,
    interest: { retain: () => undefined },
    slowClients,
    heartbeat,
    heartbeatTimes: new HeartbeatTimes(),
    wake: () => undefined,
    now
  })
}

it('keeps clients with the same channels together, found by each channel, whoever comes, changes and goes', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
      const lanes = new Lanes(100)
      const fanOut = fanOutOf(lanes)
      const states = Array.from(
        { length: CHANNELS },
        (_, id) => new ChannelState(id, `quote:SIM:N${id}`, 'channel', 'state', 'sim', 'e')
      )
      const [any] = states
      if (any === undefined) return
      const laneOf = { full: lanes.full, fast: lanes.grant(any, 50), slow: lanes.grant(any, 1) }
      const clients = Array.from({ length: CLIENTS }, () => new Subscriber(new FakeConnection(), 0))
      for (const client of clients) fanOut.subscribers.add(client)
      /** The oracle: for each client, the lane of each channel it holds. */
      const held = clients.map(() => new Map<ChannelState, Lane>())

      for (const { client: place, channels, lane } of steps) {
        const [client, own] = [clients[place], held[place]]
        if (client === undefined || own === undefined || client.isGone) continue
        if (lane === 'gone') {
          fanOut.remove(client)
          own.clear()
        } else {
          for (const channel of channels) {
            const state = states[channel]
            if (state === undefined) continue
            if (lane === 'none') own.delete(state)
            else own.set(state, laneOf[lane])
          }
          const holding = new Map<Lane, Set<ChannelState>>()
          for (const [state, of] of own) holding.set(of, (holding.get(of) ?? new Set()).add(state))
          fanOut.setHolding(client, holding, { segments: [], indexes: [] })
        }
        expectAsHeld(lanes, states, clients, held)
      }
      expect(fanOut.subscriptions).toBe(held.reduce((sum, own) => sum + own.size, 0))
    }),
    { numRuns: 200 }
  )
})

/** Compares the index with what clients hold, slowly. */
function expectAsHeld(
  lanes: Lanes,
  states: readonly ChannelState[],
  clients: readonly Subscriber[],
  held: readonly ReadonlyMap<ChannelState, Lane>[]
): void {
  // News of each: a lane has something to send when somebody takes any of them.
  const news = states.map((state) => segmentOf(state, { seq: 1 }))
  const list = { segments: news.map(({ segment }) => segment), indexes: news.map(({ index }) => index) }
  for (const lane of lanes.all()) {
    const keys = held.map((own) =>
      [...own]
        .filter(([, of]) => of === lane)
        .map(([{ id }]) => id)
        .toSorted()
        .join()
    )
    const cohorts = new Set<Cohort>()
    for (const state of states) {
      const found = lane.cohorts.of(state)
      expect(new Set(found).size).toBe(found.length)
      const members = found.flatMap((cohort) => [...cohort.members])
      const expected = clients.filter((_client, place) => held[place]?.get(state) === lane)
      expect(members.length).toBe(expected.length)
      expect(new Set(members)).toEqual(new Set(expected))
      for (const cohort of found) cohorts.add(cohort)
    }
    // As many cohorts as there are different sets of channels.
    expect(cohorts.size).toBe(new Set(keys.filter((key) => key !== '')).size)
    expect(lane.cohorts.count).toBe(cohorts.size)
    const isTaken = keys.some((key) => key !== '')
    lane.hear(list, 0)
    if (!lane.isFull) expect(Number.isFinite(lane.nextMs)).toBe(isTaken)
  }
  clients.forEach((client, place) => {
    expect(new Set(client.channels())).toEqual(new Set(held[place]?.keys()))
    expect(client.channelCount).toBe(held[place]?.size)
  })
}

it('tells sets of channels apart although their keys are alike', () => {
  const lanes = new Lanes(100)
  const { cohorts } = lanes.full
  const states = Array.from(
    { length: 2_000 },
    (_, id) => new ChannelState(id, `quote:SIM:N${id}`, 'channel', 'state', 'sim', 'e')
  )
  const sets = states.slice(0, -1).map((state, place) => new Set([state, states[place + 1] ?? state]))
  const made = sets.map((set) => cohorts.get(set))
  expect(new Set(made).size).toBe(sets.length)
  sets.forEach((set, place) => {
    expect(cohorts.get(new Set([...set].reverse()))).toBe(made[place])
  })
})
