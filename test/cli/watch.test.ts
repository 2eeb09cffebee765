import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Update } from '../../src/protocol/server-events.ts'
import { ProtocolServer } from '../support/protocol-server.ts'
import { CliRun } from '../support/run-cli.ts'

const channel = 'quote:SIM:AAPL'

describe('tickcast watch without a terminal', () => {
  let server: ProtocolServer

  beforeEach(async () => {
    server = await new ProtocolServer().start()
  })

  afterEach(() => server.stop())

  function watch(...args: readonly string[]): CliRun {
    return new CliRun('watch', ...args, '--url', server.url)
  }

  function linesOf(text: string): Update[] {
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
  }

  it('prints one JSON line per update and stops after the number asked for', async () => {
    server.publish(channel, { bid: '1' })
    const run = watch(channel, '--count', '3')
    await vi.waitFor(() => expect(linesOf(run.stdout)).toHaveLength(1), 10_000)
    for (let bid = 2; bid < 6; bid++) server.publish(channel, { bid: String(bid) })
    const { exitCode, stdout, stderr } = await run.result
    expect(linesOf(stdout).map(({ seq, data }) => [seq, data])).toEqual([
      [1, { bid: '1' }],
      [2, { bid: '2' }],
      [3, { bid: '3' }]
    ])
    expect([exitCode, stderr]).toEqual([0, ''])
  })

  it('says that updates are missing, and goes on with the snapshot', async () => {
    server.publish(channel, { bid: '1' })
    const run = watch(channel, '--count', '2')
    await vi.waitFor(() => expect(linesOf(run.stdout)).toHaveLength(1), 10_000)
    server.publish(channel, { bid: '2' }, { isLost: true })
    server.publish(channel, { bid: '3' })
    const { stdout, stderr } = await run.result
    expect(linesOf(stdout).map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'snapshot'],
      [3, 'snapshot']
    ])
    expect(stderr).toBe(`${channel}: updates are missing, asked for its snapshot\n`)
  })

  it('comes back after a lost connection', async () => {
    server.publish(channel, { bid: '1' })
    const run = watch(channel, '--count', '2')
    await vi.waitFor(() => expect(linesOf(run.stdout)).toHaveLength(1), 10_000)
    server.cut()
    server.publish(channel, { bid: '2' })
    const { exitCode, stdout, stderr } = await run.result
    expect(linesOf(stdout).map(({ seq }) => seq)).toEqual([1, 2])
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('no connection: ')])
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends cleanly on %s, also when it comes twice at once', async (signal) => {
    server.publish(channel, { bid: '1' })
    const run = watch(channel)
    await vi.waitFor(() => expect(run.stdout).not.toBe(''), 10_000)
    run.kill(signal)
    run.kill(signal)
    expect((await run.result).exitCode).toBe(0)
  })

  it('fails when the server grants nothing, and says where to look', async () => {
    const { exitCode, stderr } = await watch('quote:NOWHERE:*').result
    expect(exitCode).toBe(1)
    expect(stderr).toContain('No producer publishes quote:NOWHERE:*')
    expect(stderr).toContain(`${server.url}/api/v1/channels`)
  })

  it('goes on when the server grants a part, and names the rest', async () => {
    server.publish(channel, { bid: '1' })
    const { exitCode, stderr } = await watch(channel, 'quote:NOWHERE:*', '--count', '1').result
    expect(exitCode).toBe(0)
    expect(stderr).toContain('No producer publishes quote:NOWHERE:*')
  })

  it('says what is wrong when nothing listens there', async () => {
    const { url } = server
    await server.stop()
    const { exitCode, stderr } = await new CliRun('watch', channel, '--url', url).result
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`no tickcast server at ${url}: connection refused; start one with \`npm start\``)
    expect(stderr).not.toContain('    at ')
    server = await new ProtocolServer().start()
  })

  it('says what is wrong when something else listens there', async () => {
    const other = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    const { exitCode, stderr } = await new CliRun('watch', channel, '--url', url).result
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`no tickcast server at ${url}: no Socket.IO door`)
    other.close()
  })
})
