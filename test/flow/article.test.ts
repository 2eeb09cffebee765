import { expect, it } from 'vitest'
import { ProducerFile } from './support/producer-file.ts'
import { startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

const COUNT = 500

/** The producer of the article: an endless source of plain events. */
const ticker = () =>
  new ProducerFile(
    'ticker',
    `export default async function* () {
      while (!isToldToGo()) await wait(10)
      for (let n = 1; n <= ${COUNT}; n++) {
        yield { on: 'tick', data: { n, price: n / 4, text: 'Zürich ✓ 🚀' } }
        if (n % 10 === 0) await wait(5)
      }
      yield { on: 'done', data: null }
      await forever()
    }`
  )

it('brings plain events to every client as events of their own name, in order, subscribed or not', async () => {
  const file = ticker()
  const app = await startTestApp({ feed: ['synthetic', file.feed] })
  const clients = [['websocket'], ['polling'], ['polling', 'websocket'], ['websocket']].map((transports) => {
    const client = new TestClient(app, transports)
    const ticks: unknown[] = []
    client.socket.on('tick', (...args: unknown[]) => ticks.push(...args))
    let isDone = false
    client.socket.on('done', (data: unknown) => {
      isDone = data === null
    })
    return { client, ticks, isDone: () => isDone }
  })
  await Promise.all(clients.map(({ client }) => client.connected()))
  await clients[3]?.client.subscribe('quote:SIM:*')
  file.go()
  await until(() => clients.every(({ isDone }) => isDone()), 'the last event at every client')

  const expected = Array.from({ length: COUNT }, (_, at) => ({ n: at + 1, price: (at + 1) / 4, text: 'Zürich ✓ 🚀' }))
  for (const { ticks } of clients) expect(ticks).toEqual(expected)
  expect(clients.flatMap(({ client }) => client.violations)).toEqual([])
})

it.each([['websocket'], ['polling']])(
  'answers `message` with `message_back` by %s, whatever it holds',
  async (transport) => {
    const app = await startTestApp()
    const client = new TestClient(app, [transport])
    await client.connected()
    const { socket } = client
    const answers: unknown[] = []
    socket.on('message_back', (...args: unknown[]) => answers.push(args))
    const payloads: readonly unknown[] = [
      'hello',
      '',
      42,
      null,
      { deep: [1, { x: 'ü' }] },
      [],
      true,
      Buffer.from('bytes')
    ]
    for (const payload of payloads) socket.emit('message', payload)
    socket.emit('message')
    socket.emit('message', 1, 2, 3)
    const acknowledged: unknown = await socket.timeout(5_000).emitWithAck('message', 'with an acknowledgement')
    await until(() => answers.length >= payloads.length + 3, 'every answer')

    expect(acknowledged).toEqual({ result: 'OK' })
    expect(answers).toEqual(Array(payloads.length + 3).fill([{ result: 'OK' }]))
  }
)

it('answers GET /api, before anybody connected and with query strings', async () => {
  const app = await startTestApp()
  for (const path of ['/api', '/api?x=1']) {
    const response = await fetch(`${app.url}${path}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ result: 'OK' })
  }
})
