import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { startTestApp, until } from '../../support/test-app.ts'
import type { DoorClient, SubscribeResult } from './door-client.ts'
import { type At, NativeClient, SocketIoClient } from './doors.ts'
import { newsOf, newsProducer } from './numbered-news.ts'
import { newSeed, Random } from './random.ts'

/** Messages on each channel, so many that a busy machine has the time to ask, too; and how many the producer makes in one go. */
const LAST = 10_000
const PER_TURN = 10
const [NEWS, ...OTHERS] = ['news:LAB:A', 'news:LAB:B', 'news:LAB:C'] as const

/** Ways for a stock client to connect: by WebSocket, by polling, and by polling at first, with an upgrade in mid-stream. */
export const WAYS: readonly (readonly [name: string, open: (at: At) => DoorClient])[] = [
  ['websocket', (at) => new SocketIoClient(at, ['websocket'])],
  ['polling', (at) => new SocketIoClient(at, ['polling'])],
  ['upgrading', (at) => new SocketIoClient(at, ['polling', 'websocket'])],
  ['native', (at) => new NativeClient(at)]
]

/** Says what is lost, doubled, out of order, or not what the producer published, from the first update on. */
function faultsOf(client: DoorClient, channel: string): string[] {
  const updates = client.updatesOf(channel)
  const first = updates[0]?.seq ?? 0
  const faults: string[] = []
  updates.forEach(({ seq, type, data }, place) => {
    const { n, text } = data as { n: number; text: string }
    if (seq !== first + place) faults.push(`${channel}: ${seq} in the place of ${first + place}`)
    if (n !== seq || text !== newsOf(seq)) faults.push(`${channel}: ${seq} has another text`)
    // Who joins while the first message is the newest has it as a snapshot; who joins before has it as an update.
    if (type === 'snapshot' ? place > 0 : place === 0 && first > 1)
      faults.push(`${channel}: ${seq} is ${type ?? 'no snapshot'}`)
  })
  if (first + updates.length - 1 !== LAST) faults.push(`${channel}: ${updates.length} from ${first} on`)
  return faults.slice(0, 5)
}

/** Makes requests of every kind while the stream runs, and says what came of an unsubscribed channel after its answer. */
async function mixIn(
  client: DoorClient,
  random: Random,
  isOver: () => boolean
): Promise<{ asked: number; faults: string[] }> {
  const faults: string[] = []
  let asked = 0
  while (!isOver()) {
    const own = Array.from({ length: 1 + random.below(5) }, () => client.request('message', newsOf(random.below(500))))
    asked += own.length
    const from = client.events.length
    // In one go, so that the later answer waits behind the earlier one, and its snapshot has to wait behind both.
    // Refused without an answer: the server says so by an ordinary emit.
    client.emit('größe?', {})
    const answers = OTHERS.map((channel) => client.subscribe(channel))
    await Promise.all([...own, ...answers])
    for (const channel of OTHERS) {
      await until(() => client.events.slice(from).some((event) => carries(event, channel)), `updates of ${channel}`)
      const events = client.events.slice(from)
      const answered = events.findIndex(({ name, args }) => name === 'ack' && isGrant(args[1], channel))
      const began = events.findIndex((event) => carries(event, channel))
      if (answered < 0 || answered > began) faults.push(`${channel}: update ${began} before answer ${answered}`)
    }
    await client.request('unsubscribe', OTHERS)
    const ended = client.events.length
    await client.request('subscriptions', {})
    const late = client.events.slice(ended).filter((event) => OTHERS.some((channel) => carries(event, channel)))
    if (late.length > 0) faults.push('updates after the end')
  }
  return { asked, faults }
}

const carries = ({ name, args }: DoorClient['events'][number], channel: string) =>
  name === 'updates' && (args[0] as { channel: string }[]).some((update) => update.channel === channel)
const isUnknown = (args: readonly unknown[]) => JSON.stringify(args.at(-1)).includes('unknownRequest')
const isGrant = (answer: unknown, channel: string) =>
  (answer as Partial<SubscribeResult>).channels?.some((one) => one.channel === channel && one.granted !== undefined) ===
  true

/**
 * Lets clients come in waves while a stream runs, half of which ask for all sorts of things meanwhile, and fails unless each
 * got exactly what was published, in order.
 */
export async function expectContract(ways: typeof WAYS): Promise<void> {
  const random = new Random(newSeed('clients that ask while the stream runs'))
  const folder = mkdtempSync(join(tmpdir(), 'tickcast-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'news.mjs')
  writeFileSync(file, newsProducer([NEWS, ...OTHERS], LAST, PER_TURN))
  const app = await startTestApp({
    feed: `module:${file}`,
    maxRequestsPerSecond: '10000',
    maxRequestBurst: '10000',
    maxBacklogBytes: '67108864'
  })

  const clients: (readonly [string, DoorClient])[] = []
  const mixing: ReturnType<typeof mixIn>[] = []
  /** The stream is near its end: what was begun can still be finished in it. */
  const isOver = () => clients.some(([, client]) => client.auditor.lastOf(NEWS) > LAST * 0.8)
  for (let wave = 0; wave < 4; wave++) {
    for (const [way, open] of ways) {
      for (let n = 0; n < 2; n++) {
        const client = open(app)
        clients.push([way, client])
        const subscribed = client.subscribe(NEWS)
        if (n === 1) mixing.push(subscribed.then(() => mixIn(client, random, isOver)))
      }
    }
    const [, first] = clients[0] ?? []
    await until(() => (first?.auditor.lastOf(NEWS) ?? 0) > ((wave + 1) * LAST) / 8, 'the stream to go on')
  }
  const mixed = await Promise.all(mixing)
  await Promise.all(clients.map(([, client]) => client.reach(NEWS, LAST)))

  for (const [way, client] of clients) {
    expect([way, faultsOf(client, NEWS)]).toEqual([way, []])
    const rings = client.payloadsOf<string>('größe').map((text) => Number(text.split(' ')[0]))
    expect(rings).toEqual(rings.map((_n, place) => (rings[0] ?? 0) + 50 * place))
    expect(client.payloadsOf<string>('größe')).toEqual(rings.map(newsOf))
  }
  expect(mixed.flatMap(({ faults }) => faults)).toEqual([])
  const asked = mixed.reduce((sum, one) => sum + one.asked, 0)
  // How often depends on the machine; without any it would show nothing.
  expect(asked).toBeGreaterThan(clients.length)
  for (const [way, client] of clients) {
    // The native door answers it all the same.
    const refused = client.events.filter(
      ({ name, args }) => name === (way === 'native' ? 'ack' : 'notice') && isUnknown(args)
    )
    const turns = client.events.filter(({ name, args }) => name === 'ack' && isGrant(args[1], OTHERS[0])).length
    expect([way, refused.length]).toEqual([way, turns])
  }
  const back = clients.reduce((sum, [, client]) => sum + client.payloadsOf('message_back').length, 0)
  expect(back).toBe(asked)
  const upgraded = clients.filter(([way, client]) => way === 'upgrading' && isOnWebSocket(client))
  expect(upgraded).toHaveLength(8)
}

function isOnWebSocket(client: DoorClient): boolean {
  return client instanceof SocketIoClient && client.socket.io.engine.transport.name === 'websocket'
}
