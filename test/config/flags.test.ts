import { describe, expect, it } from 'vitest'
import { environment } from '../../src/config/environment.ts'
import { flagDescriptions } from '../../src/config/flags.ts'
import { SETTING_NAMES } from '../../src/config/settings.ts'

const flags = flagDescriptions()
const flagOf = (name: string) => flags.find(({ flag }) => flag === name)

describe('The command line flags', () => {
  it('cover every setting, each once', () => {
    expect(new Set(flags.map(({ flag }) => flag)).size).toBe(flags.length)
    expect(flags.map(({ key }) => key)).toEqual(expect.arrayContaining(['config', 'loop', ...SETTING_NAMES]))
    // And --config, --loop as the opposite of --once, and --flush-min-ms as a second name.
    expect(flags).toHaveLength(SETTING_NAMES.length + 3)
  })

  it('tell limits, unit, default and environment variable', () => {
    expect(flagOf('--rate')).toMatchObject({
      key: 'rate',
      argument: 'messages/s',
      isRepeatable: false,
      description:
        'Messages a second of the synthetic market, over all its channels ' +
        '(1–200000 messages/s; default: 1000; env: TICKCAST_RATE)'
    })
    expect(flagOf('--port')?.description).toContain('(0–65535; default: 8080; env: TICKCAST_PORT or PORT)')
    expect(flagOf('--log-level')?.description).toContain(
      '(fatal, error, warn, info, debug, trace, silent; default: info;'
    )
    expect(flagOf('--speed')?.description).toContain('(0.01–100000, or max; default: 1;')
  })

  it('have no argument where they are a switch', () => {
    expect(flagOf('--once')).not.toHaveProperty('argument')
    expect(flagOf('--once')?.description).toContain('(env: TICKCAST_ONCE; opposite: --loop)')
    expect(flagOf('--loop')).toMatchObject({ key: 'loop', description: 'Opposite of --once' })
  })

  it('may be repeated where they take a list', () => {
    expect(flags.filter(({ isRepeatable }) => isRepeatable).map(({ flag }) => flag)).toEqual([
      '--cors-origin',
      '--required',
      '--feed',
      '--calendars'
    ])
  })
})

describe('The environment', () => {
  it('is that of the process', () => {
    expect(environment().PATH).toBe(process.env.PATH)
  })
})
