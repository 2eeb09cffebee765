import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { CliRun } from '../support/run-cli.ts'

async function serve(...args: readonly string[]): Promise<{ readonly run: CliRun; readonly url: string }> {
  const run = new CliRun('serve', '--symbols', '2', '--rate', '50', ...args)
  const url = await vi.waitFor(() => {
    const found = /page\s+(http:\/\/\S+?)\/?\s/.exec(run.stdout)?.[1]
    if (found === undefined) throw new Error(`no banner yet:\n${run.stdout}${run.stderr}`)
    return found
  }, 15_000)
  return { run, url }
}

describe('tickcast serve', () => {
  it('tells where it is, answers there, and ends with exit code 0 within 5 s of a SIGTERM', async () => {
    const { run, url } = await serve('--port', '0')
    expect(await (await fetch(`${url}/api`)).json()).toEqual({ result: 'OK' })
    const startedMs = performance.now()
    run.kill('SIGTERM')
    expect((await run.result).exitCode).toBe(0)
    expect(performance.now() - startedMs).toBeLessThan(5_000)
  })

  it('takes a Ctrl-C that arrives twice at once, as it does under npm, for one', async () => {
    const { run } = await serve('--port', '0')
    run.kill('SIGINT')
    run.kill('SIGINT')
    expect((await run.result).exitCode).toBe(0)
  })

  it('is what watch finds', async () => {
    const { run, url } = await serve('--port', '0')
    const watched = await new CliRun('watch', 'quote:SIM:*', '--url', url, '--count', '3').result
    run.kill('SIGTERM')
    expect(watched.exitCode).toBe(0)
    expect(watched.stdout.trimEnd().split('\n')).toHaveLength(3)
    await run.result
  })

  it('tells which port is taken and what to do, without a stack trace', async () => {
    const { run, url } = await serve('--port', '0')
    const { port } = new URL(url)
    const { exitCode, stderr } = await new CliRun('serve', '--port', port).result
    run.kill('SIGTERM')
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`port ${port} on 127.0.0.1 is taken; expected a free port`)
    expect(stderr).not.toContain('    at ')
    await run.result
  })

  it('reads the settings of a config file, and a flag is stronger', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tickcast-serve-'))
    const config = join(folder, 'tickcast.json')
    writeFileSync(config, JSON.stringify({ port: 1, seed: 77 }))
    const { run } = await serve('--config', config, '--port', '0')
    expect(run.stdout).toContain('seed 77')
    run.kill('SIGTERM')
    await run.result
    rmSync(folder, { recursive: true })
  })
})
