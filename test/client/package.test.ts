import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { describe, expect, it, onTestFinished } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** What the SDK may weigh on its way to a browser, compressed, without the client of Socket.IO. */
const MAX_BYTES = 12_000
const DEPENDENCIES = ['socket.io-client', 'typebox', 'react', '@types/react', 'csstype']

interface Chunk {
  readonly name: string
  readonly isEntry: boolean
  readonly code: string
  readonly imports: readonly string[]
}

/** The SDK as a page's build makes it. */
async function bundled(entry: string, external: string[]): Promise<readonly Chunk[]> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: true,
      lib: { entry: join(ROOT, entry), formats: ['es'] },
      rolldownOptions: { external, output: { minify: true } }
    }
  })
  const [first] = [result].flat()
  if (first === undefined || !('output' in first)) throw new Error('expected an output')
  return first.output.flatMap((chunk) => (chunk.type === 'chunk' ? [chunk] : []))
}

function weightOf(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { code }) => sum + gzipSync(code).length, 0)
}

describe('the SDK in a bundle', () => {
  it(`weighs no more than ${MAX_BYTES / 1_000} kB compressed`, async () => {
    const bytes = weightOf(await bundled('client/index.ts', ['socket.io-client']))
    process.stderr.write(`tickcast/client: ${bytes} bytes compressed\n`)
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES)
    expect(bytes).toBeGreaterThan(1_000)
  })

  it('has the client of Socket.IO in a file of its own, which the native door never loads', async () => {
    const chunks = await bundled('client/index.ts', [])
    const [entry] = chunks.filter(({ isEntry }) => isEntry)
    expect(chunks.length).toBeGreaterThan(1)
    expect(entry?.imports).toEqual([])
    expect(weightOf([entry].filter((chunk) => chunk !== undefined))).toBeLessThanOrEqual(MAX_BYTES)
    expect(entry?.code).not.toContain('EIO')
  })
})

/** A project that has the package installed, as npm would have it. */
function userProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tickcast-user-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const installed = join(folder, 'node_modules', 'tickcast')
  mkdirSync(installed, { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'))
  execFileSync(process.execPath, [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    ...['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(installed, 'dist')]
  ])
  for (const name of DEPENDENCIES) {
    mkdirSync(join(folder, 'node_modules', name, '..'), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  return folder
}

const USER_CODE = `
import { connect, MarketError, type LiveQuote, type Market } from 'tickcast/client'
import { MarketProvider, useQuote } from 'tickcast/react'
import { createDatafeed } from 'tickcast/tradingview'

const market: Market = connect({ url: 'http://127.0.0.1:9', transport: 'websocket' })
const quote: LiveQuote = market.quote('SIM:AAPL', { maxRateHz: 5 })
const bid: string | undefined = quote.value?.bid
const best: readonly [string, string] | undefined = market.book('SIM:AAPL', { depth: 20 }).bestBid
const closes: readonly string[] = (market.candles('SIM:AAPL', '1m').value ?? []).map(({ close }) => close)
const feed = createDatafeed(market)
console.log(bid, best, closes, typeof feed.getBars, typeof MarketProvider, typeof useQuote, MarketError.name)
// @ts-expect-error there is no such interval
market.candles('SIM:AAPL', '2m')
market.close()
`

describe('the published package', () => {
  it('is imported and type-checked by a project that uses it', () => {
    const folder = userProject()
    const file = join(folder, 'user.ts')
    writeFileSync(file, USER_CODE)
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
    const options = [
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--strict',
      '--noEmit',
      '--types',
      '',
      '--lib',
      'es2024,dom'
    ]
    execFileSync(process.execPath, [compiler, ...options, file], { cwd: folder, stdio: 'inherit' })
    const said = execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' })
    expect(said.trim()).toBe('undefined undefined [] function function function MarketError')
  })
})
