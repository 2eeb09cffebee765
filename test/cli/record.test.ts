import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RecordedEvent, RecordedUpdates } from '../../src/protocol/recording.ts'
import { ProtocolServer } from '../support/protocol-server.ts'
import { CliRun } from '../support/run-cli.ts'

const channel = 'quote:SIM:AAPL'

describe('tickcast record', () => {
  let server: ProtocolServer
  let folder: string

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickcast-record-'))
    server = await new ProtocolServer().start()
    server.publish(channel, { bid: '1' })
  })

  afterEach(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  async function start(file: string, ...args: readonly string[]): Promise<CliRun> {
    const run = new CliRun('record', join(folder, file), '--url', server.url, ...args)
    await vi.waitFor(() => expect(run.stderr).toContain('Ctrl-C ends it'), 10_000)
    return run
  }

  function parse(text: string): (RecordedUpdates | RecordedEvent)[] {
    const [header, ...lines] = text.trimEnd().split('\n')
    expect(JSON.parse(header ?? '')).toEqual({ tickcast: 1, recordedAt: expect.any(Number), source: server.url })
    return lines.map((line) => JSON.parse(line))
  }

  it('writes every event as it came, in order, with the time it was received', async () => {
    const run = await start('a.ndjson')
    server.publish(channel, { bid: '2' })
    server.emit('weather', { sky: 'blue' })
    const sent = server.publish(channel, { bid: '3' })
    server.tellStatus(channel, 'stale', 'venue_silent')
    await new Promise((resolve) => setTimeout(resolve, 100))
    run.kill('SIGTERM')
    const { exitCode, stderr } = await run.result

    const lines = parse(readFileSync(join(folder, 'a.ndjson'), 'utf8'))
    expect(lines.map((line) => ('u' in line ? line.u.map(({ seq }) => seq) : [line.e, line.d]))).toEqual([
      [1],
      [2],
      ['weather', { sky: 'blue' }],
      [3]
    ])
    expect(lines.at(-1)).toMatchObject({ u: [sent] })
    expect(lines.map(({ t }) => t)).toEqual(lines.map(({ t }) => t).sort((a, b) => a - b))
    expect(exitCode).toBe(0)
    expect(stderr).toContain('recorded 3 updates of 1 channel and 1 plain event')
    expect(stderr).toContain('no gaps')
  })

  it('completes the gzip when it is interrupted', async () => {
    const run = await start('a.ndjson.gz')
    server.publish(channel, { bid: '2' })
    await new Promise((resolve) => setTimeout(resolve, 100))
    run.kill('SIGINT')
    run.kill('SIGINT')
    expect((await run.result).exitCode).toBe(0)
    expect(parse(gunzipSync(readFileSync(join(folder, 'a.ndjson.gz'))).toString())).toHaveLength(2)
  })

  it('reports what is missing, and asks for the snapshot that makes the recording whole again', async () => {
    const run = await start('a.ndjson')
    server.publish(channel, { bid: '2' }, { isLost: true })
    server.publish(channel, { bid: '3' })
    await vi.waitFor(() => expect(server.snapshotRequests).toEqual([channel]))
    await new Promise((resolve) => setTimeout(resolve, 100))
    run.kill('SIGINT')
    const { stderr } = await run.result
    expect(stderr).toContain(`1 gap with 1 missing message (${channel} 2)`)
    expect(parse(readFileSync(join(folder, 'a.ndjson'), 'utf8')).at(-1)).toMatchObject({
      u: [{ seq: 3, type: 'snapshot' }]
    })
  })

  it('stops by itself after the time or the size asked for', async () => {
    expect((await (await start('time.ndjson', '--seconds', '0.2')).result).exitCode).toBe(0)

    const run = await start('size.ndjson', '--max-mb', '0.01')
    const timer = setInterval(() => server.publish(channel, { bid: 'x'.repeat(1_000) }), 5)
    expect((await run.result).exitCode).toBe(0)
    clearInterval(timer)
    expect(statSync(join(folder, 'size.ndjson')).size).toBeGreaterThanOrEqual(10_000)
    expect(statSync(join(folder, 'size.ndjson')).size).toBeLessThan(20_000)
  })

  it('keeps a file that is there, unless it is told to overwrite it', async () => {
    const file = join(folder, 'a.ndjson')
    writeFileSync(file, 'precious')
    const { exitCode, stderr } = await new CliRun('record', file, '--url', server.url).result
    expect(exitCode).toBe(1)
    expect(stderr).toContain('it exists; take another name, or --force to overwrite it')
    expect(readFileSync(file, 'utf8')).toBe('precious')

    await (await start('a.ndjson', '--force', '--seconds', '0.1')).result
    expect(parse(readFileSync(file, 'utf8'))).toHaveLength(1)
  })

  it('leaves no file behind when the server grants nothing', async () => {
    const file = join(folder, 'a.ndjson')
    const args = ['record', file, '--url', server.url, '--channels', 'quote:NOWHERE:*']
    expect((await new CliRun(...args).result).exitCode).toBe(1)
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined()
  })

  it('says why a file cannot be made', async () => {
    const { exitCode, stderr } = await new CliRun('record', join(folder, 'no/a.ndjson'), '--url', server.url).result
    expect(exitCode).toBe(1)
    expect(stderr).toContain('expected to make')
    expect(stderr).toContain('no such file or directory')
  })

  it.runIf(process.platform === 'linux')('ends with a failure when the disk is full', async () => {
    const run = new CliRun('record', '/dev/full', '--force', '--url', server.url)
    await vi.waitFor(() => expect(run.stderr).toContain('Ctrl-C ends it'), 10_000)
    for (let bid = 0; bid < 50; bid++) {
      server.publish(channel, { bid: String(bid) })
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const { exitCode, stderr } = await run.result
    expect(exitCode).toBe(1)
    expect(stderr).toContain('no space left on device')
  })
})
