import { expect, it } from 'vitest'
import { getJson, startTestApp, until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

interface Stats {
  readonly queueDepth: number
  readonly queueHighWater: number
  readonly queueCapacity: number
  readonly counters: Readonly<Record<string, number>>
}

it('brings every client a snapshot and then every update, whenever and however it joins', {
  timeout: 60_000
}, async () => {
  const app = await startTestApp({ rate: '2000' })
  const clients: TestClient[] = []
  for (let wave = 0; wave < 4; wave++) {
    for (let n = 0; n < 50; n++) {
      const transports = n % 10 === 0 ? ['polling'] : n % 10 === 1 ? ['polling', 'websocket'] : ['websocket']
      clients.push(new TestClient(app, transports))
    }
    await Promise.all(clients.slice(-50).map((client) => client.connected()))
    await Promise.all(
      clients.slice(-50).map((client, n) => {
        const wishes = [['quote:SIM:*'], ['trade:SIM:*', 'book:SIM:AAPL'], ['quote:SIM:AAPL', 'trade:SIM:AAPL']][n % 3]
        return client.subscribe(...(wishes ?? []))
      })
    )
    for (const leaving of clients.slice(0, wave * 10)) leaving.socket.disconnect()
  }
  const staying = clients.filter(({ socket }) => socket.connected)
  const before = staying.map(({ updates }) => updates)
  await until(
    () => staying.every(({ updates }, n) => updates > (before[n] ?? 0) + 20),
    'further updates at every client',
    30_000
  )
  expect(staying.length).toBeGreaterThan(150)
  for (const client of clients) {
    expect(client.violations).toEqual([])
    for (const [channel, { snapshots, first }] of client.channels) {
      // Whoever is there before the first trade gets it as the trade it is.
      const expected = channel.startsWith('trade:') && first === 1 ? expect.toBeOneOf([0, 1]) : 1
      expect([channel, snapshots]).toEqual([channel, expected])
    }
  }
})

it('accounts for every message at 10,000 messages/s with 100 clients, and answers /health meanwhile', async () => {
  const app = await startTestApp({ rate: '10000' })
  const clients = Array.from({ length: 100 }, () => new TestClient(app))
  await Promise.all(clients.map((client) => client.connected()))
  // The clients share this thread with the server, so that each takes a part of the market.
  const symbols = ['AAPL', 'EUR-USD', 'ETH-USD', 'MSFT']
  await Promise.all(clients.map((client, n) => client.subscribe(`*:SIM:${symbols[n % symbols.length]}`)))
  let answers = 0
  const startedMs = performance.now()
  while (performance.now() - startedMs < 3_000) {
    const response = await fetch(`${app.url}/health`)
    expect(response.status).toBe(200)
    answers += 1
  }
  const { queueDepth, queueHighWater, queueCapacity, counters } = await getJson<Stats>(app, '/api/v1/stats')
  const { messagesReceived = 0, messagesFlushed = 0, messagesMerged = 0, messagesDropped = 0 } = counters
  expect(answers).toBeGreaterThan(3)
  expect(messagesReceived).toBeGreaterThan(10_000)
  expect(messagesReceived).toBe(messagesFlushed + queueDepth + messagesMerged + messagesDropped)
  expect(queueHighWater).toBeLessThanOrEqual(queueCapacity)
  expect(clients.flatMap(({ violations }) => violations)).toEqual([])
})
