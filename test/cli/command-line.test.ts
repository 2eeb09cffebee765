import { describe, expect, it } from 'vitest'
import { environmentNames, flagName } from '../../src/config/setting-names.ts'
import { SETTING_NAMES } from '../../src/config/settings.ts'
import { CliRun } from '../support/run-cli.ts'

const run = (...args: readonly string[]) => new CliRun(...args).result

describe('the command line', () => {
  it('tells every setting with its environment name, default and unit in the help', async () => {
    const { exitCode, stdout } = await run('--help')
    expect(exitCode).toBe(0)
    const words = stdout.replace(/\s+/g, ' ')
    for (const name of SETTING_NAMES) {
      expect(words).toContain(`${flagName(name)} `)
      for (const variable of environmentNames(name)) expect(words).toContain(variable)
    }
    expect(words).toContain('(100–60000 ms; default: 1000; env: TICKCAST_HEARTBEAT_MS)')
    expect(words).toMatch(/ watch .*? record /)
  })

  it('prints the version', async () => {
    const { exitCode, stdout } = await run('--version')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('refuses an unknown option with exit code 2 and without a stack trace', async () => {
    const { exitCode, stderr } = await run('--bogus')
    expect(exitCode).toBe(2)
    expect(stderr).toContain("unknown option '--bogus'")
    expect(stderr).not.toContain('    at ')
  })

  it('refuses a wrong setting with what was expected, found and how to write it, exit code 2', async () => {
    const { exitCode, stderr } = await run('serve', '--port', 'abc')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('port: expected an integer from 0 to 65535, found "abc" in flag --port')
    expect(stderr).not.toContain('    at ')
  })

  it.each([
    [['watch'], "missing required argument 'channels'"],
    [['watch', 'AAPL'], 'Expected kind:VENUE:SYMBOL'],
    [['watch', 'quote:SIM:AAPL', '--url', 'localhost:8080'], 'Expected an http or https address'],
    [['watch', 'quote:SIM:AAPL', '--count', '0'], 'Expected a whole number of at least 1'],
    [['watch', 'quote:SIM:AAPL', '--count', '1.5'], 'Expected a whole number of at least 1'],
    [['record'], "missing required argument 'file'"],
    [['record', 'x.ndjson', '--seconds', '0'], 'Expected a number above 0'],
    [['record', 'x.ndjson', '--max-mb', 'much'], 'Expected a number above 0'],
    [['record', 'x.ndjson', '--channels', 'quote'], 'Expected kind:VENUE:SYMBOL']
  ])('refuses %j: %s', async (args, message) => {
    const { exitCode, stderr } = await run(...args)
    expect(stderr.replace(/\s+/g, ' ')).toContain(message)
    expect(exitCode).toBe(2)
  })
})
