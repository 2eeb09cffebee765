import { expect, it } from 'vitest'
import { startTestApp, until } from '../support/test-app.ts'
import { CutProxy } from './support/cut-proxy.ts'
import { ReturningNativeClient, ReturningSocketIoClient } from './support/returning-client.ts'

const CLIENTS = 300
const BACK_MS = 30_000
const NAMES = ['AAPL', 'MSFT', 'NVDA', 'AMZN', 'GOOGL', 'META']

it('takes 300 clients back that all lost their connection at once, and none of them misses anything', {
  timeout: 90_000
}, async () => {
  const app = await startTestApp({ rate: '1000', symbols: '24' })
  const network = await CutProxy.before(app)
  const clients = Array.from({ length: CLIENTS }, (_, n) => {
    const [one = '', other = ''] = [NAMES[n % 6], NAMES[(n * 5 + 1) % 6]]
    const channels = [
      `quote:SIM:${one}`,
      `trade:SIM:${one}`,
      `quote:SIM:${other}`,
      ...(n % 10 === 0 ? [`book:SIM:${one}`] : [])
    ]
    return n % 4 === 3 ? new ReturningNativeClient(network, channels) : new ReturningSocketIoClient(network, channels)
  })
  const isEveryoneAnswered = (times: number) => clients.every(({ answers }) => answers.length >= times)
  const isEveryoneFed = async () => {
    const before = clients.map(({ updates }) => updates)
    await until(
      () => clients.every(({ updates }, n) => updates > (before[n] ?? 0) + 10),
      'updates for everyone',
      BACK_MS
    )
  }
  await until(() => isEveryoneAnswered(1), 'everyone to come', BACK_MS)
  await isEveryoneFed()

  for (const [storm, share] of [0.2, 1].entries()) {
    const before = clients.map(({ answers }) => answers.length)
    const cutMs = performance.now()
    network.cut(share)
    const back = () => clients.filter(({ answers }, n) => answers.length > (before[n] ?? 0)).length
    await until(() => back() >= CLIENTS * share, `everyone back from storm ${storm + 1}`, BACK_MS)
    await isEveryoneFed()
    expect(performance.now() - cutMs).toBeLessThan(BACK_MS)
    expect((await fetch(`${app.url}/health`)).status).toBe(200)
  }

  const returns = clients.flatMap(({ answers }) => answers.slice(1).flatMap(({ channels }) => channels))
  // A book is sent whole where that is shorter than what was missed; then it is told so.
  const provable = returns.filter(({ channel }) => !channel.startsWith('book:'))
  const recovered = provable.filter((answer) => answer.recovered).length
  expect(provable.length).toBeGreaterThanOrEqual(3 * CLIENTS)
  expect(recovered / provable.length).toBeGreaterThanOrEqual(0.99)
  expect(clients.flatMap(({ auditor }) => auditor.violations)).toEqual([])
  // Who is told that nothing is missing gets no snapshot but the first.
  const begun = clients
    .flatMap(({ auditor }) => [...auditor.channels])
    .filter(([channel]) => !channel.startsWith('book:'))
  const again = begun.filter(([, held]) => held.snapshots > 1).length
  expect(again).toBeLessThanOrEqual(provable.length - recovered)
})
