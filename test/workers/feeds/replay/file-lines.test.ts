import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { MAX_LINE_BYTES, readLines } from '../../../../workers/feeds/replay/file-lines.ts'
import { writeTemporary } from './replay-run.ts'

/** Lines long enough, and of characters of several bytes, so that chunks end in the middle of both. */
const lines = Array.from({ length: 5_000 }, (_, index) => `${index} ${'€'.repeat(index % 97)}`)
const text = lines.join('\n')

async function read(content: string | Buffer) {
  const found: string[] = []
  const numbers: number[] = []
  let damage: string | undefined
  for await (const chunk of readLines(writeTemporary('file', content))) {
    numbers.push(chunk.firstLine - found.length)
    found.push(...chunk.lines)
    damage = chunk.damage
  }
  return { lines: found, isNumberedRight: numbers.every((number) => number === 1), damage }
}

describe('Lines of a file', () => {
  it.each([
    ['plain', text],
    ['plain with a last line end', `${text}\n`],
    ['gzip', gzipSync(text)],
    ['gzip in several members', Buffer.concat([gzipSync(text.slice(0, 100)), gzipSync(text.slice(100))])]
  ])('are whole, however the file is read in pieces: %s', async (_, content) => {
    expect(await read(content)).toEqual({ lines, isNumberedRight: true, damage: undefined })
  })

  it('of a truncated gzip file are given as far as they go', async () => {
    const packed = gzipSync(text, { level: 1 })
    const found = await read(packed.subarray(0, packed.length - 1_000))

    const whole = found.lines.slice(0, -1)
    expect(whole.length).toBeGreaterThan(3_000)
    expect(whole).toEqual(lines.slice(0, whole.length))
    expect(lines[whole.length]?.startsWith(found.lines.at(-1) ?? '?')).toBe(true)
    expect(found.damage).toBe('unexpected end of file')
  })

  it('of a gzip file with nothing but its first bytes are none', async () => {
    expect(await read(gzipSync(text).subarray(0, 5))).toMatchObject({ lines: [], damage: 'unexpected end of file' })
  })

  it('of a corrupt gzip file end where it is corrupt', async () => {
    const packed = gzipSync(text, { level: 1 })
    packed.fill(0xff, packed.length - 3_000, packed.length - 2_000)
    const found = await read(packed)

    expect(found.damage).toBeDefined()
    expect(lines.slice(0, found.lines.length - 1)).toEqual(found.lines.slice(0, -1))
  })

  it('are cut where they are too long to be held, and the next ones are whole', async () => {
    const found = await read(`first\n${'x'.repeat(MAX_LINE_BYTES * 2)}\nthird\nfourth`)

    expect(found.lines).toHaveLength(4)
    expect(found.lines[1]?.length).toBeLessThan(MAX_LINE_BYTES * 1.5)
    expect([found.lines[0], found.lines[2], found.lines[3]]).toEqual(['first', 'third', 'fourth'])
  })

  it('of an empty file are none', async () => {
    expect(await read('')).toEqual({ lines: [], isNumberedRight: true, damage: undefined })
  })
})
