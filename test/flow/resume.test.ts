import { expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import type { Update } from '../../src/protocol/server-events.ts'
import { ProducerFile } from './support/producer-file.ts'
import { startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

const CHANNELS = ['quote:SIM:AAPL', 'trade:SIM:AAPL'] as const
const BOOK = 'book:SIM:AAPL'

interface Position {
  readonly epoch: string
  readonly seq: number
}

/** Follows the channels for a while, leaves, and says where it was. */
async function leave(app: App, channels: readonly string[]): Promise<Map<string, Position>> {
  const client = new TestClient(app)
  const answer = await client.subscribe(...channels)
  await until(() => channels.every((channel) => (client.channels.get(channel)?.updates ?? 0) > 3), 'some updates')
  client.socket.disconnect()
  return new Map(
    answer.channels.map(({ channel, epoch }) => [channel, { epoch, seq: client.channels.get(channel)?.last ?? 0 }])
  )
}

/** Comes back where it was: what arrives must continue there, without a snapshot. */
async function comeBack(app: App, positions: ReadonlyMap<string, Position>) {
  const client = new TestClient(app)
  const arrived = new Map<string, Update[]>()
  client.onUpdate = (update) => arrived.set(update.channel, [...(arrived.get(update.channel) ?? []), update])
  const wishes = [...positions].map(([channel, resume]) => ({ channel, resume }))
  const answer = await client.subscribe(...wishes)
  await until(() => [...positions.keys()].every((channel) => (arrived.get(channel)?.length ?? 0) > 3), 'its updates')
  return { client, answer, arrived }
}

function seamViolations(arrived: ReadonlyMap<string, readonly Update[]>, positions: ReadonlyMap<string, Position>) {
  return [...positions].flatMap(([channel, position]) => {
    let last = position.seq
    return (arrived.get(channel) ?? []).flatMap(({ seq, prev = seq - 1, type }) => {
      const isRight = type !== 'snapshot' && prev <= last && seq > last
      const before = last
      last = seq
      return isRight ? [] : [`${channel}: (${prev}, ${seq}] ${type ?? ''} after ${before}`]
    })
  })
}

it('continues where a client was, with nothing missing and no snapshot', async () => {
  const app = await startTestApp({ rate: '2000' })
  for (let round = 0; round < 3; round++) {
    const positions = await leave(app, [...CHANNELS, BOOK])
    const { answer, arrived, client } = await comeBack(app, positions)

    const recovered = new Map(answer.channels.map((channel) => [channel.channel, channel.recovered]))
    for (const channel of CHANNELS) expect([channel, recovered.get(channel)]).toEqual([channel, true])
    // A book comes whole where that is shorter than what the client has missed.
    expect([BOOK, client.channels.get(BOOK)?.snapshots]).toEqual([BOOK, recovered.get(BOOK) === true ? 0 : 1])
    if (recovered.get(BOOK) === false) positions.delete(BOOK)
    expect(seamViolations(arrived, positions)).toEqual([])
  }
})

it('sends a snapshot and says so to a client of another epoch, of the future, or of a past too long ago', async () => {
  const app = await startTestApp({ rate: '5000', recoveryMb: '1' })
  const [[channel, position] = ['', { epoch: '', seq: 0 }]] = await leave(app, ['trade:SIM:AAPL'])
  const longAgo = { epoch: position.epoch, seq: position.seq }
  const book = new Map([...(await leave(app, [BOOK]))])
  const watcher = new TestClient(app)
  await watcher.subscribe('*:SIM:*')
  await until(() => watcher.updates > 10_000, 'more than the server keeps')
  for (const [name, resume] of [
    [channel, { epoch: 'another', seq: position.seq }],
    [channel, { epoch: '', seq: 0 }],
    [channel, { epoch: position.epoch, seq: position.seq + 1_000_000 }],
    [channel, longAgo],
    [BOOK, book.get(BOOK)],
    ['quote:SIM:AAPL', { epoch: position.epoch.replace(/^./, '~'), seq: 1 }]
  ] as const) {
    const client = new TestClient(app)
    const { channels } = await client.subscribe({ channel: name, resume })
    expect(channels).toMatchObject([{ channel: name, ok: true, recovered: false }])
    await until(() => (client.channels.get(name)?.updates ?? 0) > 2, 'updates')
    expect(client.channels.get(name)?.snapshots).toBe(1)
    expect(client.violations).toEqual([])
  }
})

it('sends a snapshot to a client that comes back after its producer was replaced', async () => {
  const file = new ProducerFile(
    'mortal',
    `export default { channels: ['quote:LAB:GOLD'], async *messages() {
      for (let step = 1; ; step++) {
        yield { channel: 'quote:LAB:GOLD', data: quote(step) }
        if (isToldToGo()) throw new Error('over')
        await wait(5)
      }
    } }`
  )
  const app = await startTestApp({ feed: file.feed })
  const positions = await leave(app, ['quote:LAB:GOLD'])
  const witness = new TestClient(app)
  await witness.subscribe('quote:LAB:GOLD')
  file.go()
  await until(() => witness.statuses.some(({ quality }) => quality === 'stale'), 'its end')
  const early = await new TestClient(app).subscribe({
    channel: 'quote:LAB:GOLD',
    resume: positions.get('quote:LAB:GOLD')
  })
  file.halt()
  await until(() => (witness.channels.get('quote:LAB:GOLD')?.epochs.length ?? 0) > 1, 'a new epoch')
  const { client, answer } = await comeBack(app, positions)

  expect(early.channels).toMatchObject([{ quality: 'stale', recovered: true }])
  expect(answer.channels).toMatchObject([{ quality: 'live', recovered: false }])
  expect(client.channels.get('quote:LAB:GOLD')).toMatchObject({ snapshots: 1 })
  expect([...client.violations, ...witness.violations]).toEqual([])
})

it('continues for a crowd that was thrown out at once', async () => {
  const app = await startTestApp({ rate: '2000' })
  const crowd = await Promise.all(
    Array.from({ length: 50 }, (_, n) => leave(app, [CHANNELS[n % 2] ?? '', 'quote:SIM:MSFT']))
  )
  const returned = await Promise.all(crowd.map((positions) => comeBack(app, positions)))

  const answers = returned.flatMap(({ answer }) => answer.channels)
  expect(answers.filter(({ recovered }) => recovered)).toHaveLength(100)
  expect(returned.flatMap(({ arrived }, n) => seamViolations(arrived, crowd[n] ?? new Map()))).toEqual([])
})
