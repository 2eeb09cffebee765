import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CliError } from '../../src/cli/cli-error.ts'
import { reportFailure } from '../../src/cli.ts'
import { ConfigError } from '../../src/config/config-error.ts'

describe('the end of a failed command', () => {
  const said: string[] = []

  beforeEach(() => {
    said.length = 0
    vi.spyOn(console, 'error').mockImplementation((text: string) => void said.push(text))
  })
  afterEach(() => void vi.restoreAllMocks())

  it('tells which port is taken and what to do, without a stack trace', async () => {
    const first = createServer().listen(0, '127.0.0.1')
    await once(first, 'listening')
    const { port } = first.address() as AddressInfo
    const second = createServer().listen(port, '127.0.0.1')
    const [error] = await once(second, 'error')
    expect(reportFailure(error)).toBe(1)
    expect(said).toEqual([
      `port ${port} on 127.0.0.1 is taken; expected a free port. ` +
        'Stop the other process, or choose another with `--port M` (0 takes any free one)'
    ])
    first.close()
  })

  it('gives a wrong configuration an exit code of its own', () => {
    expect(reportFailure(new ConfigError(['port: expected an integer']))).toBe(2)
    expect(said).toEqual(['Wrong configuration: port: expected an integer'])
  })

  it('prints a stack trace for a bug, and for nothing else', () => {
    expect(reportFailure(new CliError('no server'))).toBe(1)
    expect(reportFailure(new Error('a bug'))).toBe(1)
    expect(said[0]).toBe('no server')
    expect(said[1]).toContain('    at ')
  })
})
