import { expect, it } from 'vitest'
import type { FakeConnection } from './support/fake-connection.ts'
import { TestGateway } from './support/test-gateway.ts'

const TRADE = 'trade:SIM:AAPL'
/** What `TestGateway` gives each client a heartbeat. */
const HEARTBEAT_MS = 1_000
/** Ten parts of the clients have their heartbeat one after the other. */
const TURN_MS = HEARTBEAT_MS / 10
const TIME_MS = 40_000
const STEP_MS = 10

/** What a client hears, and when, with an update each `everyMs`. */
async function heard(everyMs: number) {
  const gateway = new TestGateway()
  const { publish } = gateway.produce('sim', 'e1', TRADE)
  publish(0)
  const { connection } = await gateway.subscribed(TRADE)
  const beganMs = gateway.nowMs
  const came: { readonly isUpdate: boolean; readonly atMs: number }[] = []
  connection.onFrame = ({ updates }) => came.push({ isUpdate: updates > 0, atMs: gateway.nowMs - beganMs })
  while (gateway.nowMs < beganMs + TIME_MS) {
    for (let ms = 0; ms < everyMs; ms += STEP_MS) gateway.pass(STEP_MS)
    publish(0)
    await gateway.flush(0)
  }
  const between = (all: typeof came) => all.slice(1).map(({ atMs }, n) => atMs - (all[n]?.atMs ?? 0))
  const beats = came.filter(({ isUpdate }) => !isUpdate)
  const updateTimes = new Set(came.flatMap(({ isUpdate, atMs }) => (isUpdate ? [atMs] : [])))
  return {
    alone: beats.filter(({ atMs }) => !updateTimes.has(atMs)).length,
    beats: beats.length,
    intervals: (gateway.nowMs - beganMs) / HEARTBEAT_MS,
    betweenBeats: Math.max(...between(beats)),
    silence: Math.max(...between(came))
  }
}

it.each([20, 130, 500, 800, 970])('goes with an update when there is one each %i ms', async (everyMs) => {
  const { alone, beats, intervals, betweenBeats, silence } = await heard(everyMs)
  expect(alone).toBe(0)
  expect(beats).toBeGreaterThanOrEqual(intervals - 2)
  expect(beats).toBeLessThanOrEqual(intervals + 1)
  expect(betweenBeats).toBeLessThanOrEqual(2 * HEARTBEAT_MS)
  expect(silence).toBeLessThanOrEqual(HEARTBEAT_MS)
})

it.each([1_700, 3_300, TIME_MS])(
  'goes alone when there is an update each %i ms, so that nobody hears nothing',
  async (everyMs) => {
    const { alone, beats, intervals, betweenBeats, silence } = await heard(everyMs)
    expect(alone).toBeGreaterThan(10)
    expect(beats).toBeLessThanOrEqual(intervals + 1)
    expect(betweenBeats).toBeLessThanOrEqual(2 * HEARTBEAT_MS)
    expect(silence).toBeLessThanOrEqual(HEARTBEAT_MS + TURN_MS)
  }
)

it('gives way to other work when many go alone, and goes to nobody who has left or heard meanwhile', async () => {
  const gateway = new TestGateway()
  const { publish } = gateway.produce('sim', 'e1', TRADE)
  publish(0)
  const { connection: follower } = await gateway.subscribed(TRADE)
  const many = Array.from({ length: 1_000 }, () => gateway.connect())
  for (const { connection } of many) {
    connection.onFrame = () => {
      const endMs = performance.now() + 1
      while (performance.now() < endMs);
    }
  }
  const heard = () => many.filter(({ connection }) => connection.events.length > 0).length
  follower.take()
  // A tenth of the clients has its turn, and each of them takes a millisecond here.
  gateway.pass(TURN_MS)
  const inFirstTurn = heard()
  expect(inFirstTurn).toBeGreaterThan(0)
  expect(inFirstTurn).toBeLessThan(50)
  const ofThisPart = many.filter((_, n) => many[n % 10]?.connection.events.length === 1)
  const gone = ofThisPart.slice(-10)
  for (const client of gone) client.end()
  // They get the places of those who left.
  const newcomers = gone.map(() => gateway.connect())
  let turns = 0
  for (; heard() < 90 && turns < 1_000; turns++) await new Promise((resolve) => setImmediate(resolve))
  expect(turns).toBeGreaterThan(3)
  await gateway.flush(0)
  expect(heard()).toBe(90)
  expect(gone.flatMap(({ connection }) => connection.events)).toEqual([])

  for (let turn = 1; turn < 10; turn++) {
    gateway.pass(TURN_MS)
    for (let n = 0; n < 200; n++) await new Promise((resolve) => setImmediate(resolve))
  }
  for (const { connection } of newcomers) expect(connection.events.length).toBeLessThan(2)
  publish(0)
  await gateway.flush(0)
  expect(follower.events.map(([name]) => name)).toEqual(['updates', 'heartbeat'])
})

it('goes to nobody twice who hears an update while others have their turn', async () => {
  const gateway = new TestGateway()
  const { publish } = gateway.produce('sim', 'e1', TRADE)
  publish(0)
  const connections: FakeConnection[] = []
  for (let n = 0; n < 600; n++) connections.push((await gateway.subscribed(TRADE)).connection)
  // Nobody hears anything for two intervals: those of a part go alone, together.
  for (let turn = 0; turn < 20; turn++) {
    gateway.pass(TURN_MS)
    for (let n = 0; n < 10; n++) await new Promise((resolve) => setImmediate(resolve))
  }
  for (const connection of connections) {
    connection.take()
    connection.onFrame = () => {
      const endMs = performance.now() + 0.3
      while (performance.now() < endMs);
    }
  }
  const beats = () => connections.flatMap(({ events }) => events.filter(([name]) => name === 'heartbeat')).length
  gateway.pass(TURN_MS)
  const before = beats()
  expect(before).toBeGreaterThan(0)
  expect(before).toBeLessThan(60)
  publish(0)
  await gateway.flush(0)
  for (let n = 0; n < 100; n++) await new Promise((resolve) => setImmediate(resolve))
  expect(beats()).toBe(60)
  for (const { events } of connections) expect(events.filter(([name]) => name === 'heartbeat').length).toBeLessThan(2)
})

it('comes to who hears other things all the time, and no updates', async () => {
  const gateway = new TestGateway()
  const { publish, life } = gateway.produce('sim', 'e1', TRADE)
  publish(0)
  const { connection } = await gateway.subscribed(TRADE)
  const times: number[] = []
  connection.onFrame = (frame) => {
    if (frame.nativeFrame().includes('heartbeat')) times.push(gateway.nowMs)
  }
  const beganMs = gateway.nowMs
  for (let n = 0; gateway.nowMs < beganMs + TIME_MS; n++) {
    gateway.plant.tickerplant.setQuality(life, n % 2 === 0 ? 'stale' : 'live', n % 2 === 0 ? 'venue_silent' : 'none')
    await gateway.flush(0)
    for (let ms = 0; ms < 500; ms += STEP_MS) gateway.pass(STEP_MS)
  }
  expect(connection.payloadsOf('status').length).toBeGreaterThan(TIME_MS / 1_000)
  expect(times.length).toBeGreaterThan(TIME_MS / HEARTBEAT_MS / 2 - 2)
  expect(Math.max(...times.slice(1).map((atMs, n) => atMs - (times[n] ?? 0)))).toBeLessThanOrEqual(2 * HEARTBEAT_MS)
})

it('asks once an interval whether a client that follows nothing may stay', () => {
  const gateway = new TestGateway({ firstSubscribeMs: 1_500 })
  const { connection } = gateway.connect()
  // One that takes its time to close.
  for (let turn = 0; turn < 50; turn++) gateway.pass(TURN_MS)
  expect(connection.closings.length).toBeGreaterThanOrEqual(3)
  expect(connection.closings.length).toBeLessThanOrEqual(4)
  expect(new Set(connection.closings)).toEqual(new Set(['subscribeTimeout']))
})

it.each([
  ['unsubscribe', ['quote:SIM:AAPL'], 1],
  ['subscribe', ['quote:SIM:NOPE'], 1],
  ['subscribe', ['quote:SIM:AAPL'], 0]
])(
  'does not take every request for one that follows something: %s %j, closed %i times',
  async (name, channels, times) => {
    const gateway = new TestGateway({ firstSubscribeMs: 1_500 })
    gateway.produce('sim', 'e1', 'quote:SIM:AAPL').publish(0)
    const { connection, request } = gateway.connect()
    const answer = request(name, { channels })
    await gateway.flush()
    await answer
    for (let ms = 0; ms < 2_500; ms += TURN_MS) gateway.pass(TURN_MS)
    expect(connection.closings).toEqual(Array(times).fill('subscribeTimeout'))
  }
)
