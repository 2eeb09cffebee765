import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadSettings } from '../../src/config/load-settings.ts'
import { producerSpecs, requiredProducers } from '../../src/config/producer-specs.ts'

const folder = mkdtempSync(join(tmpdir(), 'tickcast-specs-'))
afterAll(() => rmSync(folder, { recursive: true }))
for (const file of ['a.ndjson', 'b.ndjson', 'mine.ts', '@my feed.mjs']) writeFileSync(join(folder, file), '')
mkdirSync(join(folder, 'recordings'))

const settingsOf = (flags: Record<string, unknown>) => loadSettings({ flags, env: {} })
const specsOf = (flags: Record<string, unknown>) => producerSpecs(settingsOf(flags), folder)

describe('Producers', () => {
  it('are one seeded synthetic market by default', () => {
    expect(specsOf({})).toEqual([{ feed: 'synthetic', name: 'synthetic', seed: 1, symbols: 24, ratePerSecond: 1_000 }])
  })

  it('get absolute paths and unique names', () => {
    const feed = [
      'replay:a.ndjson,b.ndjson',
      `replay:${join(folder, 'a.ndjson')}`,
      'module:mine.ts',
      'module:./mine.ts'
    ]
    expect(specsOf({ feed, speed: 'max', hold: true })).toEqual([
      {
        feed: 'replay',
        name: 'replay',
        files: [join(folder, 'a.ndjson'), join(folder, 'b.ndjson')],
        speed: Infinity,
        loop: true,
        hold: true
      },
      { feed: 'replay', name: 'replay-2', files: [join(folder, 'a.ndjson')], speed: Infinity, loop: true, hold: true },
      { feed: 'module', name: 'mine', file: join(folder, 'mine.ts') },
      { feed: 'module', name: 'mine-2', file: join(folder, 'mine.ts') }
    ])
  })

  it('play a replay once when told so', () => {
    expect(specsOf({ feed: ['replay:a.ndjson'], once: true })).toMatchObject([{ loop: false, hold: false, speed: 1 }])
  })

  it('have names that can be listed, whatever their file is called', () => {
    expect(specsOf({ feed: ['module:@my feed.mjs'] })).toMatchObject([{ name: 'my-feed' }])
  })

  it('are refused when a file is missing or is a folder, all problems at once', () => {
    const feed = ['replay:a.ndjson,missing.ndjson', 'module:recordings']
    expect(() => specsOf({ feed })).toThrow(
      /2 problems:\n- feed: expected a readable file, found ENOENT.*missing\.ndjson.*Check the path\n- .*something else at .*recordings/
    )
  })

  it('are refused when two would own the same channels', () => {
    expect(() => specsOf({ feed: ['synthetic', 'synthetic'] })).toThrow('expected synthetic once')
  })

  it('may be as many as maxProducers and no more', () => {
    const feeds = (count: number) => Array.from({ length: count }, () => 'replay:a.ndjson')
    expect(specsOf({ feed: feeds(2), maxProducers: '3' })).toHaveLength(2)
    expect(specsOf({ feed: feeds(3), maxProducers: '3' })).toHaveLength(3)
    expect(() => specsOf({ feed: feeds(4), maxProducers: '3' })).toThrow(
      'feed: expected at most maxProducers = 3 feeds, found 4. Raise --max-producers'
    )
  })
})

describe('The producers required to be ready', () => {
  const specs = specsOf({ feed: ['synthetic', 'replay:a.ndjson'] })

  it('are all, none, or those named', () => {
    expect(requiredProducers('all', specs)).toEqual(['synthetic', 'replay'])
    expect(requiredProducers([], specs)).toEqual([])
    expect(requiredProducers(['replay'], specs)).toEqual(['replay'])
  })

  it('must exist', () => {
    expect(() => requiredProducers(['synthetik'], specs)).toThrow(
      'required: expected names among synthetic, replay, found synthetik. Did you mean synthetic?'
    )
  })
})
