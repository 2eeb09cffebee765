import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { SCHEMA_VERSION } from '../../src/history/schema.ts'
import { historyFile, TestStore } from './support/history-files.ts'
import { TRADES, tradeUpdate, tradeUpdates } from './support/updates.ts'

const COUNT = 5_000

/** A closed history with some pages. */
function filledFile(): string {
  const file = historyFile()
  const store = new TestStore({ file })
  store.keep('e1', ...tradeUpdates(COUNT))
  store.close()
  return file
}

function overwrite(file: string, start: number, end: number): void {
  writeFileSync(file, readFileSync(file).fill(0xa5, start, end))
}

const damagedFiles = (file: string) => readdirSync(dirname(file)).filter((name) => name.includes('.damaged-'))

describe('The history file', () => {
  it('is made with the folders that lead to it', () => {
    const file = join(dirname(historyFile()), 'a', 'b', 'history.db')
    new TestStore({ file }).keep('e1', tradeUpdate(1))
    expect(existsSync(file)).toBe(true)
  })

  it('can be memory only', () => {
    const store = new TestStore({ file: ':memory:' })
    store.keep('e1', tradeUpdate(1))
    expect(store.trades(TRADES, { limit: 9 }).trades).toHaveLength(1)
  })

  it.each([
    ['its folder is a file', (file: string) => writeFileSync(file, ''), (file: string) => join(file, 'history.db')],
    ['it is a folder', (file: string) => mkdirSync(file), (file: string) => file]
  ])('is refused with a remedy when %s', (_, prepare, fileOf) => {
    const path = historyFile()
    prepare(path)
    expect(() => new TestStore({ file: fileOf(path) })).toThrow(
      /^history file .*history\.db must be writable, and its folder too; found: .+\. Change their permissions, name another/
    )
  })

  it('is refused, and left as it is, when a newer version wrote it', () => {
    const file = filledFile()
    const database = new DatabaseSync(file)
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`)
    database.close()
    const before = readFileSync(file)
    expect(() => new TestStore({ file })).toThrow(
      `must have schema version ${SCHEMA_VERSION} or older; found ${SCHEMA_VERSION + 1}`
    )
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('of the first version is brought up to the present one, with all it holds', () => {
    const file = filledFile()
    const database = new DatabaseSync(file)
    database.exec(`ALTER TABLE channels DROP COLUMN trades_epoch; ALTER TABLE channels DROP COLUMN trades_seq;
      PRAGMA user_version = 1`)
    database.close()
    const store = new TestStore({ file })
    store.keep('e1', tradeUpdate(COUNT + 1))

    expect(store.stats().schemaVersion).toBe(SCHEMA_VERSION)
    expect(store.trades(TRADES, { limit: COUNT + 1 }).trades).toHaveLength(COUNT + 1)
  })

  it('is refused, and left as it is, when it is the database of another program', () => {
    const file = historyFile()
    const database = new DatabaseSync(file)
    database.exec('CREATE TABLE precious (id)')
    database.close()
    const before = readFileSync(file)
    expect(() => new TestStore({ file })).toThrow('found a database of another program')
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('belongs to one owner at a time', () => {
    const file = filledFile()
    const first = new TestStore({ file })
    expect(() => new TestStore({ file })).toThrow('must belong to one process')
    first.close()
    expect(new TestStore({ file }).bounds(TRADES)).toBeDefined()
  })

  it('is found whole when its process went away without closing it', () => {
    const file = historyFile()
    const store = new TestStore({ file })
    store.keep('e1', ...tradeUpdates(COUNT))
    const copy = historyFile()
    for (const suffix of ['', '-wal']) writeFileSync(copy + suffix, readFileSync(file + suffix))
    const found = new TestStore({ file: copy })
    expect(found.damage).toEqual([])
    expect(found.trades(TRADES, { limit: COUNT }).trades).toHaveLength(COUNT)
  })
})

describe('A damaged history file', () => {
  it.each([
    ['was cut within a page', (file: string) => truncateSync(file, readFileSync(file).length - 1_000)],
    ['lost its second half', (file: string) => truncateSync(file, (readFileSync(file).length / 4_096 / 2) * 4_096)],
    ['lost all but its first page', (file: string) => truncateSync(file, 4_096)],
    ['lost even most of its first page', (file: string) => truncateSync(file, 100)],
    ['has another beginning', (file: string) => overwrite(file, 0, 100)],
    ['has a damaged list of tables', (file: string) => overwrite(file, 100, 4_096)],
    ['has a damaged page in its middle', (file: string) => overwrite(file, 10 * 4_096, 11 * 4_096)],
    ['is no database at all', (file: string) => writeFileSync(file, '{"host":"0.0.0.0"}\n'.repeat(1_000))]
  ])('that %s is set aside as it is, and a new one is begun', (_, damage) => {
    const file = filledFile()
    damage(file)
    const damaged = readFileSync(file)
    const store = new TestStore({ file })

    expect(store.damage).toEqual([
      expect.stringMatching(
        /^history file .* is damaged: expected a sound database; found: .+\. It was set aside as .*\.damaged-/
      )
    ])
    const [aside = ''] = damagedFiles(file)
    expect(readFileSync(join(dirname(file), aside)).equals(damaged)).toBe(true)
    expect(store.trades(TRADES, { limit: 1 }).trades).toEqual([])
    expect(store.keep('e2', tradeUpdate(1))).toMatchObject({ trades: 1 })
  })

  it('is set aside five times; then a person has to look', () => {
    const file = historyFile()
    writeFileSync(file, 'no database again')
    for (const time of [1, 2, 3, 4]) writeFileSync(`${file}.damaged-${time}`, '')
    const store = new TestStore({ file })
    expect(store.damage).toHaveLength(1)
    store.close()
    writeFileSync(file, 'no database again')
    expect(() => new TestStore({ file })).toThrow('5 damaged files are beside it already. Check the disk')
    expect(readFileSync(file, 'utf8')).toBe('no database again')
  })
})
