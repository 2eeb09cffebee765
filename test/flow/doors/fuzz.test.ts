import { expect, it } from 'vitest'
import type { App } from '../../../src/app.ts'
import { getJson, until } from '../support/test-app.ts'
import { DOORS, PATH } from './support/doors.ts'
import { mutatedFrame, mutatedText } from './support/mutation.ts'
import { newSeed, Random } from './support/random.ts'
import { frameOf, OPCODE, RawWebSocket } from './support/raw-web-socket.ts'
import { sharedApp } from './support/shared-app.ts'

const FRAMES_PER_DOOR = 4_000
const FRAMES_PER_CONNECTION = 40
const AT_ONCE = 4
const POSTS = 400
const HEALTHY = 20
const ENGINE = '/socket.io/?EIO=4&transport=websocket'

const app = sharedApp({ rate: '500', heartbeatMs: '200' })

interface Stats {
  readonly clients: number
  readonly counters: Readonly<Record<string, number>>
}

/** Sends frames on one connection after the other, each until it is closed. */
async function fuzz(door: 'native' | 'engine', frames: number, random: Random): Promise<void> {
  let sent = 0
  while (sent < frames) {
    const client = new RawWebSocket(app, { path: door === 'native' ? PATH : ENGINE })
    expect(await client.status()).toBe(101)
    if (door === 'engine') client.send(OPCODE.text, `40${PATH},`)
    // Most have joined before they send nonsense; a busy server would read both at once, and never let them in.
    const greetings = door === 'engine' && random.below(10) > 0 ? 2 : 1
    await until(() => client.frames.length >= greetings, 'a greeting')
    for (let n = 0; n < FRAMES_PER_CONNECTION && !client.isEnded; n++) {
      client.socket.write(mutatedFrame(door, random))
      sent += 1
      if (random.below(8) === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    // What was sent is read before the connection ends, unless it has ended already.
    client.send(OPCODE.ping, 'last')
    const isRead = () =>
      client.frames.some(({ opcode, payload }) => opcode === OPCODE.pong && payload.toString() === 'last')
    const isClosing = () => client.frames.some(({ opcode }) => opcode === OPCODE.close)
    const isBroken = () => client.isEnded || isClosing() || isRead() || performance.now() > deadlineMs
    const deadlineMs = performance.now() + 100
    await until(isBroken, 'an answer or the end')
    client.socket.destroy()
  }
}

/** Sends bodies that no client would to sessions of long-polling, known and unknown. */
async function fuzzPolling(posts: number, random: Random): Promise<void> {
  const url = `${app.url}/socket.io/?EIO=4&transport=polling`
  let sid = ''
  for (let sent = 0; sent < posts; sent++) {
    if (sent % 10 === 0) {
      const greeting = await (await fetch(url)).text()
      sid = (JSON.parse(greeting.slice(1)) as { sid: string }).sid
      await fetch(`${url}&sid=${sid}`, { method: 'POST', body: `40${PATH},` })
    }
    const session = random.below(20) === 0 ? `${sid}x` : sid
    const body = Array.from({ length: 1 + random.below(3) }, () => mutatedText('engine', random)).join('\x1e')
    const response = await fetch(`${url}&sid=${session}`, { method: 'POST', body })
    await response.text()
    expect([200, 400, 413]).toContain(response.status)
  }
}

it('is not brought down by anything that comes in, and its other clients notice nothing', {
  timeout: 60_000
}, async () => {
  const seed = newSeed('mutated frames')
  const healthy = Array.from({ length: HEALTHY }, (_, n) => (DOORS[n % 3] ?? DOORS[0])?.[1](app)).filter(
    (client) => client !== undefined
  )
  await Promise.all(healthy.map((client) => client.subscribe('quote:SIM:*', 'trade:SIM:*', 'book:SIM:AAPL')))
  const before = await getJson<Stats>(app as App, '/api/v1/stats')

  const shares = Array.from({ length: AT_ONCE }, (_, n) => new Random(seed + n))
  await Promise.all([
    ...shares.map((random) => fuzz('native', FRAMES_PER_DOOR / AT_ONCE, random)),
    ...shares.map((random) => fuzz('engine', FRAMES_PER_DOOR / AT_ONCE, random)),
    fuzzPolling(POSTS, new Random(seed + AT_ONCE))
  ])

  const updates = healthy.map(({ events }) => events.length)
  await until(
    () => healthy.every(({ events }, n) => events.length > (updates[n] ?? 0) + 5),
    'further updates at every client'
  )
  const after = await getJson<Stats>(app as App, '/api/v1/stats')
  const opened = (after.counters.connectionsOpened ?? 0) - (before.counters.connectionsOpened ?? 0)
  expect(opened).toBeGreaterThan((2 * FRAMES_PER_DOOR) / FRAMES_PER_CONNECTION)
  expect(after.counters.producerFailures).toBe(0)
  for (const client of healthy) {
    expect(client.auditor.violations).toEqual([])
    expect([client.closing, client.notices]).toEqual([undefined, []])
  }
  expect((await fetch(`${app.url}/health`)).status).toBe(200)
})

it.each([
  ['nothing after the handshake', []],
  ['half a frame', [frameOf(OPCODE.text, 'x', { claim: 100n })]],
  ['a packet before it joined the namespace', [frameOf(OPCODE.text, `42${PATH},["subscribe",["quote:SIM:*"]]`)]],
  ['an Engine.IO upgrade that nobody began', [frameOf(OPCODE.text, '5'), frameOf(OPCODE.text, '2probe')]],
  ['two joins at once', [frameOf(OPCODE.text, `40${PATH},`), frameOf(OPCODE.text, `40${PATH},`)]],
  ['a join and a leave', [frameOf(OPCODE.text, `40${PATH},`), frameOf(OPCODE.text, `41${PATH},`)]]
])('lets a Socket.IO client go that sends %s and goes', async (_what, frames) => {
  const before = (await getJson<Stats>(app as App, '/api/v1/stats')).clients
  const client = new RawWebSocket(app, { path: ENGINE })
  expect(await client.status()).toBe(101)
  for (const frame of frames) client.socket.write(frame)
  await until(() => client.frames.length > 0 || client.isEnded, 'an answer')
  client.socket.destroy()
  await until(
    async () => (await getJson<Stats>(app as App, '/api/v1/stats')).clients <= before,
    'the client to be let go'
  )
})
