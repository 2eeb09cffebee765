import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { candlesFrom } from '../support/fake-history-view.ts'
import { addCandles, startPast } from './past-fixture.ts'

const channel = 'candle:SIM:AAPL:1m'

it('A client that goes away ends the query it asked for, and harms nobody', async () => {
  const past = await startPast()
  past.view.add(channel)
  const asked = Promise.withResolvers<AbortSignal>()
  past.history.candles = (_channel, _range, signal) => {
    asked.resolve(signal)
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const { hostname, port } = new URL(await past.app.listen({ port: 0, host: '127.0.0.1' }))
  const socket = connect(Number(port), hostname)
  socket.write('GET /api/v1/candles?symbol=SIM:AAPL&interval=1m HTTP/1.1\r\nhost: x\r\n\r\n')
  const signal = await asked.promise
  await sleep(50)
  expect(signal.aborted).toBe(false)
  socket.destroy()
  await expect.poll(() => signal.aborted).toBe(true)
  expect((await past.app.inject('/api')).statusCode).toBe(200)
})

it('A client that stays gets its answer, one request after the other on a connection', async () => {
  const past = await startPast()
  addCandles(past, channel, candlesFrom(0, 60_000, 20))
  const url = await past.app.listen({ port: 0, host: '127.0.0.1' })
  for (let turn = 0; turn < 3; turn++) {
    const response = await fetch(`${url}/api/v1/candles?symbol=SIM:AAPL&interval=5m`)
    expect(((await response.json()) as { candles: unknown[] }).candles).toHaveLength(4)
  }
})
