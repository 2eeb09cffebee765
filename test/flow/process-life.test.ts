import { expect, it, onTestFinished } from 'vitest'
import { CliRun } from '../support/run-cli.ts'
import { ProducerFile } from './support/producer-file.ts'
import { RECORDED_QUOTE as QUOTE, recordingFile, RECORDED_TRADE as TRADE } from './support/recording-file.ts'
import { startServer } from './support/server-process.ts'
import { until } from './support/test-app.ts'
import { TestClient } from './support/test-client.ts'

/** Sends SIGTERM and waits for the end; gives the exit code and how long it took. */
async function terminate(run: CliRun): Promise<{ exitCode: number | null; tookMs: number; stderr: string }> {
  const startedMs = performance.now()
  run.kill('SIGTERM')
  const { exitCode, stderr } = await run.result
  return { exitCode, tookMs: performance.now() - startedMs, stderr }
}

it('tells its clients on SIGTERM, lets them go so that they come back, and exits with 0', async () => {
  const { run, url } = await startServer('--rate', '2000', '--reconnect-after-ms', '700')
  const transports = (n: number) => (n % 5 === 0 ? ['polling'] : ['websocket'])
  const clients = Array.from({ length: 50 }, (_, n) => new TestClient({ url }, transports(n)))
  const reasons: string[] = []
  for (const { socket } of clients) socket.on('disconnect', (reason) => reasons.push(reason))
  await Promise.all(clients.map((client) => client.subscribe('quote:SIM:*')))
  await until(() => clients.every(({ updates }) => updates > 50), 'updates everywhere')
  const { exitCode, tookMs, stderr } = await terminate(run)
  await until(() => reasons.length === clients.length, 'every client to notice', 2_000)

  expect([exitCode, stderr]).toEqual([0, ''])
  expect(tookMs).toBeLessThan(5_000)
  for (const { notices } of clients) {
    expect(notices).toMatchObject([{ code: 3000, name: 'shutdown', reconnectAfterMs: expect.any(Number) }])
    expect(notices[0]?.reconnectAfterMs).toBeLessThanOrEqual(700)
  }
  // `io server disconnect` would keep stock clients away.
  expect(new Set(reasons)).toEqual(new Set(['transport close']))
  expect(clients.flatMap(({ violations }) => violations)).toEqual([])
})

it('is found again by a stock client when it comes back on the same port', async () => {
  const first = await startServer()
  const client = new TestClient(first, ['websocket'], { reconnectionDelay: 50, reconnectionDelayMax: 100 })
  await client.subscribe(QUOTE)
  const sessions: string[] = []
  client.socket.on('hello', ({ sessionId }: { readonly sessionId: string }) => sessions.push(sessionId))
  expect((await terminate(first.run)).exitCode).toBe(0)
  const second = new CliRun('serve', '--port', String(first.port), '--log-level', 'warn')
  onTestFinished(() => second.kill('SIGKILL'))
  await until(() => sessions.length > 0, 'the client to be back')
  await client.subscribe('quote:SIM:AAPL')
  await until(() => client.updates > 10, 'updates')
})

it('ends within its time while a replay runs at full speed and a producer hangs', async () => {
  const hanging = new ProducerFile('hanging', 'export default async function* () { for (;;); }')
  const feeds = ['--feed', `replay:${recordingFile(5_000)}`, '--feed', hanging.feed]
  const { run, url } = await startServer(...feeds, '--speed', 'max')
  const client = new TestClient({ url })
  await client.subscribe(TRADE)
  await until(() => client.updates > 1_000, 'updates')
  const { exitCode, tookMs } = await terminate(run)

  expect(exitCode).toBe(0)
  expect(tookMs).toBeLessThan(5_000)
  expect(client.notices.map(({ name }) => name)).toContain('shutdown')
})

it('ends in order although some clients have gone silent and will not take their leave', async () => {
  const { run, url } = await startServer()
  const clients = Array.from({ length: 3 }, () => new TestClient({ url }))
  await Promise.all(clients.map((client) => client.subscribe('quote:SIM:*')))
  await until(() => clients.every(({ updates }) => updates > 50), 'updates')
  for (const { netSocket } of clients.slice(1)) netSocket.pause()
  const { exitCode, tookMs, stderr } = await terminate(run)

  expect([exitCode, stderr]).toEqual([0, ''])
  expect(tookMs).toBeLessThan(5_000)
  expect(clients[0]?.notices.map(({ name }) => name)).toContain('shutdown')
})

it('goes on and ends in order although the reader of its log has gone', async () => {
  const { run, url } = await startServer('--log-level', 'info')
  run.stopReading()
  const client = new TestClient({ url })
  await client.subscribe('quote:SIM:*')
  await until(() => client.updates > 50, 'updates')
  const { exitCode, tookMs } = await terminate(run)

  expect(exitCode).toBe(0)
  expect(tookMs).toBeLessThan(5_000)
})

it('says when its port is taken, and what to do', async () => {
  const { port } = await startServer()
  const { exitCode, stdout, stderr } = await new CliRun('serve', '--port', String(port)).result

  expect(exitCode).toBe(1)
  expect(stderr).toContain(`port ${port}`)
  expect(stderr).toContain('--port')
  expect(stderr).not.toMatch(/\n\s+at /)
  expect(stdout).toBe('')
})

it.each([
  [['--flush-ms', '0'], /flushMs: expected an integer from 1 to 1000 \(ms\), found "0" in flag --flush-ms/],
  [['--feed', 'module:/no/such/file.ts'], /feed: expected a readable file, found .*ENOENT/],
  [['--no-such-flag'], /unknown option '--no-such-flag'/]
])('refuses %j with exit code 2 and says what was expected and found', async (flags, message) => {
  const { exitCode, stdout, stderr } = await new CliRun('serve', '--port', '0', ...flags).result

  expect(exitCode).toBe(2)
  expect(stderr).toMatch(message)
  expect(stderr).not.toMatch(/\n\s+at /)
  expect(stdout).toBe('')
})

it('stays up and ready when a recording has ended, and says that its channels are closed', async () => {
  const { run, url } = await startServer(
    '--feed',
    `replay:${recordingFile(2_000)}`,
    '--once',
    '--hold',
    '--speed',
    'max'
  )
  const client = new TestClient({ url })
  await client.subscribe(QUOTE, TRADE)
  await until(() => client.statuses.filter(({ quality }) => quality === 'closed').length === 2, 'both to be closed')
  const ready = await fetch(`${url}/ready`)
  const late = new TestClient({ url })
  const answer = await late.subscribe(QUOTE, TRADE)
  await until(() => late.updates === 2, 'the last values for who comes late')

  expect(client.statuses.at(-1)).toMatchObject({ quality: 'closed', cause: 'session_closed', lastSeq: 2_000 })
  expect(client.channels.get(TRADE)).toMatchObject({ first: 1, last: 2_000, updates: 2_000 })
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({ status: 'ready', producers: [{ state: 'finished', restarts: 0 }] })
  expect(answer.channels).toMatchObject(Array(2).fill({ ok: true, quality: 'closed', seq: 2_000 }))
  expect([...client.violations, ...late.violations]).toEqual([])
  expect((await terminate(run)).exitCode).toBe(0)
})
