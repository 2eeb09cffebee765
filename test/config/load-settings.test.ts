import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/config/config-error.ts'
import { loadSettings, type SettingSources } from '../../src/config/load-settings.ts'
import { environmentNames } from '../../src/config/setting-names.ts'
import { SETTING_NAMES, SETTINGS, type SettingName } from '../../src/config/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'tickcast-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function configFile(content: unknown): string {
  const path = join(folder, 'tickcast.json')
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const load = (sources: Partial<SettingSources>) => loadSettings({ flags: {}, env: {}, ...sources })

function problemsOf(sources: Partial<SettingSources>): readonly string[] {
  try {
    load(sources)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('Settings', () => {
  it('have a default that is itself a right value, also when written down', () => {
    const written = Object.fromEntries(
      SETTING_NAMES.map((name) => [environmentNames(name)[0], SETTINGS[name].defaultText])
    )
    expect(load({ env: written })).toEqual(load({}))
  })

  it('listen on this machine only and make a synthetic market, unless told otherwise', () => {
    expect(load({})).toMatchObject({ host: '127.0.0.1', port: 8080, feed: ['synthetic'], flushMs: 10, queue: 5_000 })
  })

  it('take a flag before the environment, that before the config file, and that before the default', () => {
    const config = configFile({ flushMs: 30, queue: 300, symbols: 3 })
    const env = { TICKCAST_CONFIG: config, TICKCAST_FLUSH_MS: '20', TICKCAST_QUEUE: '200' }
    const settings = load({ flags: { flushMs: '10' }, env })
    expect(settings).toMatchObject({ flushMs: 10, queue: 200, symbols: 3, staleMs: 5_000 })
  })

  it('know one by two names, as a flag, in the environment and in a file', () => {
    expect(load({ flags: { flushMinMs: '7' } }).flushMs).toBe(7)
    expect(load({ env: { TICKCAST_FLUSH_MIN_MS: '8' } }).flushMs).toBe(8)
    expect(load({ flags: { config: configFile({ flushMinMs: 9 }) } }).flushMs).toBe(9)
    expect(problemsOf({ flags: { flushMinMs: '0' } })).toEqual([
      'flushMs: expected an integer from 1 to 1000 (ms), found "0" in flag --flush-min-ms. Write e.g. --flush-min-ms 10'
    ])
    expect(problemsOf({ flags: { flushMinMs: '5', flushMs: '5' } })).toEqual([
      'flushMs: --flush-ms and --flush-min-ms are one setting. Give one of them'
    ])
  })

  it('take the config file of the flag before that of the environment', () => {
    const flags = { config: configFile({ symbols: 7 }) }
    expect(load({ flags, env: { TICKCAST_CONFIG: join(folder, 'missing.json') } }).symbols).toBe(7)
  })

  it('never show a secret, not even a wrong one', () => {
    const token = 'geheim'
    const problems = problemsOf({ flags: { opsToken: token }, env: { TICKCAST_OPS_TOKEN: `${token}, too ` } })
    expect(problems).toHaveLength(2)
    expect(problems.join()).toContain('environment variable TICKCAST_OPS_TOKEN')
    expect(problems.join()).not.toContain(token)
    expect(load({ env: { TICKCAST_OPS_TOKEN: 'a'.repeat(16) } }).opsToken).toBe('a'.repeat(16))
    expect(load({ flags: { opsToken: 'none' }, env: { TICKCAST_OPS_TOKEN: 'a'.repeat(16) } }).opsToken).toBe('')
  })

  it('honour PORT, as platforms set it, after TICKCAST_PORT', () => {
    expect(load({ env: { PORT: '5000' } }).port).toBe(5000)
    expect(load({ env: { PORT: '5000', TICKCAST_PORT: '6000' } }).port).toBe(6000)
  })

  it('count an empty environment variable as not set', () => {
    expect(load({ env: { TICKCAST_FLUSH_MS: '', PORT: ' ' } })).toEqual(load({}))
  })

  it('cannot be changed once read', () => {
    expect(Object.isFrozen(load({}))).toBe(true)
  })
})

describe('The values of settings', () => {
  const limits = [
    ['port', 0, 65_535],
    ['symbols', 1, 5_000],
    ['rate', 1, 200_000],
    ['flushMs', 1, 1_000],
    ['queue', 100, 1_000_000],
    ['recoveryMb', 1, 4_096],
    ['seed', 0, 4_294_967_295],
    ['maxProducers', 1, 128],
    ['maxProducerMb', 64, 65_536],
    ['staleMs', 0, 3_600_000],
    ['hangMs', 1_000, 600_000],
    ['heartbeatMs', 100, 60_000],
    ['maxConnections', 1, 1_000_000],
    ['maxBacklogBytes', 16_384, 1_073_741_824]
  ] as const

  it.each(limits)('%s goes from %i to %i', (name, minimum, maximum) => {
    const read = (value: number) => load({ env: { [environmentNames(name)[0] ?? '']: String(value) } })[name]
    expect([minimum, minimum + 1, maximum - 1, maximum].map(read)).toEqual([minimum, minimum + 1, maximum - 1, maximum])
    expect(() => read(minimum - 1)).toThrow(`${name}: expected an integer from ${minimum} to ${maximum}`)
    expect(() => read(maximum + 1)).toThrow(`${name}: expected an integer from ${minimum} to ${maximum}`)
  })

  it.each([
    ['flushMs', '1.5'],
    ['flushMs', '10ms'],
    ['flushMs', '1e2'],
    ['speed', '0'],
    ['speed', '-1'],
    ['speed', 'Infinity'],
    ['speed', 'fast'],
    ['once', 'maybe'],
    ['logLevel', 'loud'],
    ['host', 'two words'],
    ['host', 'http://localhost'],
    ['feed', 'binance'],
    ['feed', 'replay:'],
    ['feed', ' ; '],
    ['corsOrigin', 'https://example.com/'],
    ['corsOrigin', 'example.com'],
    ['corsOrigin', '*,https://example.com'],
    ['required', 'all synthetic']
  ] as const)('%s is never %j', (name: SettingName, value) => {
    const [problem, ...others] = problemsOf({ env: { [environmentNames(name)[0] ?? '']: value } })
    expect(problem).toContain(`${name}: expected ${SETTINGS[name].expected}`)
    expect(problem).toContain(`found ${JSON.stringify(value)} in environment variable ${environmentNames(name)[0]}`)
    expect(others).toEqual([])
  })

  it('give speed as a multiple, or as Infinity for max', () => {
    const flags = { feed: ['replay:a.ndjson'] }
    const speedOf = (speed: string) => load({ flags: { ...flags, speed } }).speed
    expect(['1', '2.5', '0.01', '100000', 'max'].map(speedOf)).toEqual([1, 2.5, 0.01, 100_000, Infinity])
    expect(() => speedOf('0.009')).toThrow('expected a number from 0.01 to 100000, or max')
    expect(() => speedOf('100001')).toThrow('expected a number from 0.01 to 100000, or max')
  })

  it('give feeds in the order they were written, wherever that was', () => {
    const feed = ['synthetic', 'replay:a.ndjson,b.ndjson', 'module:./mine.ts']
    expect(load({ flags: { feed } }).feed).toEqual(feed)
    expect(load({ env: { TICKCAST_FEED: feed.join('; ') } }).feed).toEqual(feed)
    expect(load({ flags: { config: configFile({ feed }) } }).feed).toEqual(feed)
  })

  it('give origins and required producers as a list, as all of them, or as none', () => {
    const env = { TICKCAST_CORS_ORIGIN: 'https://a.example, http://b.example:3000', TICKCAST_REQUIRED: 'none' }
    expect(load({ env })).toMatchObject({ corsOrigin: ['https://a.example', 'http://b.example:3000'], required: [] })
    expect(load({})).toMatchObject({ corsOrigin: '*', required: 'all' })
    expect(load({ flags: { required: ['synthetic', 'replay-2'] } }).required).toEqual(['synthetic', 'replay-2'])
  })

  it('let --loop take back a once of the config file', () => {
    const config = configFile({ once: true, feed: 'replay:a.ndjson' })
    expect(load({ flags: { config } }).once).toBe(true)
    expect(load({ flags: { config, loop: true } }).once).toBe(false)
  })
})

describe('A wrong configuration', () => {
  it('is told with the setting, its source, what was expected and found, and a remedy', () => {
    expect(problemsOf({ flags: { flushMs: '0' } })).toEqual([
      'flushMs: expected an integer from 1 to 1000 (ms), found "0" in flag --flush-ms. Write e.g. --flush-ms 10'
    ])
    expect(problemsOf({ env: { TICKCAST_FLUSH_MS: '0' } })).toEqual([
      'flushMs: expected an integer from 1 to 1000 (ms), found "0" in environment variable TICKCAST_FLUSH_MS. ' +
        'Write e.g. TICKCAST_FLUSH_MS=10'
    ])
    expect(problemsOf({ flags: { config: configFile({ flushMs: 0 }) } })).toEqual([
      'flushMs: expected an integer from 1 to 1000 (ms), found 0 in tickcast.json. Write e.g. "flushMs": 10'
    ])
  })

  it('is told as a whole, a value that is overridden included', () => {
    const config = configFile({ flushMS: 5, queue: null })
    const problems = problemsOf({ flags: { config, port: '1' }, env: { TICKCAST_PORT: 'x', TICKCAST_FLUSHMS: '5' } })
    expect(problems).toEqual([
      'flushMS: there is no such setting, found in tickcast.json. Did you mean flushMs?',
      'TICKCAST_FLUSHMS: there is no such environment variable. Did you mean TICKCAST_FLUSH_MS?',
      expect.stringMatching(/^port: .* found "x" in environment variable TICKCAST_PORT/),
      expect.stringMatching(/^queue: .* found null in tickcast.json/)
    ])
    expect(() => load({ flags: { config } })).toThrow(/^Wrong configuration, 2 problems:\n- flushMS.*\n- queue/)
  })

  it('names nothing for an unknown name that is like no other', () => {
    expect(problemsOf({ env: { TICKCAST_BANANA: '1' } })).toEqual([
      'TICKCAST_BANANA: there is no such environment variable. Remove or correct it'
    ])
  })

  it.each([
    ['{"port": 80', 'expected a readable JSON file at'],
    ['[1]', 'found an array. Write e.g. {"port": 8080}'],
    ['null', 'found null']
  ])('may be a file that holds %s', (content, expected) => {
    expect(problemsOf({ flags: { config: configFile(content) } })).toEqual([expect.stringContaining(expected)])
  })

  it('may be a config file that is not there', () => {
    const [problem] = problemsOf({ flags: { config: join(folder, 'missing.json') } })
    expect(problem).toContain('config: expected a readable JSON file at')
    expect(problem).toContain('ENOENT')
  })

  it('may be two flags that exclude each other', () => {
    expect(problemsOf({ flags: { feed: ['replay:a.ndjson'], once: true, loop: true } })).toEqual([
      'once: --once and --loop exclude each other. Give one of them'
    ])
  })

  it('may be a flag that no feed obeys, since it would do nothing in silence', () => {
    expect(problemsOf({ flags: { speed: '10' } })).toEqual([
      'speed: only replay feeds use it, found feed synthetic. Add --feed replay:FILE, or leave it out'
    ])
    expect(problemsOf({ flags: { loop: true } })).toHaveLength(1)
    expect(problemsOf({ env: { TICKCAST_SPEED: '10' } })).toEqual([])
  })
})

describe('The variables that Kubernetes and Docker set for a service called tickcast', () => {
  it('are none of ours', () => {
    const env = {
      TICKCAST_PORT: 'tcp://10.0.0.1:8080',
      TICKCAST_SERVICE_HOST: '10.0.0.1',
      TICKCAST_SERVICE_PORT: '8080',
      TICKCAST_SERVICE_PORT_HTTP: '8080',
      TICKCAST_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
      TICKCAST_PORT_8080_TCP_PROTO: 'tcp',
      TICKCAST_PORT_8080_TCP_PORT: '8080',
      TICKCAST_PORT_8080_TCP_ADDR: '10.0.0.1',
      TICKCAST_EDGE_SERVICE_HOST: '10.0.0.2',
      TICKCAST_EDGE_PORT: 'tcp://10.0.0.2:8080'
    }
    expect(load({ env })).toEqual(load({}))
  })
})
