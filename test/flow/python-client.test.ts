import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { slowLine } from './support/slow-line.ts'
import { startTestApp } from './support/test-app.ts'

const PYTHON = '/usr/bin/python3'
const PACKAGES = ['python3-socketio', 'python3-websocket', 'python3-requests']
const INSTALL_MS = 120_000
const CHANNELS = ['quote:SIM:AAPL', 'trade:SIM:AAPL', 'book:SIM:AAPL']

interface Report {
  readonly transport: string
  readonly hello: unknown
  readonly answer: unknown
  readonly echo: unknown
  readonly heartbeats: number
  readonly errors: readonly string[]
  /** `[prev, seq, type]` of each update. */
  readonly seen: Readonly<Record<string, readonly (readonly [number, number, string])[]>>
}

function hasModules(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import socketio, websocket, requests'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Debian's packages, where that is allowed: the clients that people who use Debian have. */
function install(): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  const apt = (...args: readonly string[]) =>
    execFileSync('/usr/bin/apt-get', ['-q', '-y', ...args], { stdio: 'ignore', timeout: INSTALL_MS / 2 })
  try {
    apt('install', '--no-install-recommends', ...PACKAGES)
  } catch {
    try {
      apt('update')
      apt('install', '--no-install-recommends', ...PACKAGES)
    } catch (error) {
      process.stderr.write(`could not install ${PACKAGES.join(' ')}: ${error}\n`)
    }
  }
}

if (!hasModules()) install()
const isThere = hasModules()
if (!isThere) process.stderr.write(`skipped: no stock client for Python; install ${PACKAGES.join(' ')}\n`)

it.skipIf(isThere || process.env.CI !== 'true')('finds the stock client for Python in CI', () => {
  expect(isThere, `expected ${PACKAGES.join(' ')} for ${PYTHON}`).toBe(true)
})

it.skipIf(!isThere).each([
  ['websocket', 0],
  ['polling', 0],
  // It takes at most 16 packets in one answer, and is gone when there are more.
  ['polling', 100]
])(
  'serves a stock Python client by %s over a line of %i ms: a snapshot, then every update',
  { timeout: 60_000 },
  async (transport, delayMs) => {
    const app = await startTestApp({ rate: '2000', symbols: '8' })
    const { url } = delayMs === 0 ? app : await slowLine(app, delayMs)
    const script = fileURLToPath(new URL('fixtures/client.py', import.meta.url))
    const { stdout } = await promisify(execFile)(PYTHON, [script, url, transport, ...CHANNELS], { timeout: 50_000 })
    const report = JSON.parse(stdout) as Report

    expect(report).toMatchObject({ transport, errors: [], echo: { result: 'OK' }, hello: { protocol: 1 } })
    expect(report.answer).toMatchObject({ channels: CHANNELS.map((channel) => ({ channel, ok: true })) })
    expect(report.heartbeats).toBeGreaterThan(0)
    for (const channel of CHANNELS) {
      const [first, ...rest] = report.seen[channel] ?? []
      expect([channel, first?.[2] === 'snapshot' || first?.[1] === 1]).toEqual([channel, true])
      expect(rest.length).toBeGreaterThanOrEqual(199)
      let last = first?.[1] ?? 0
      const holes = rest.filter(([prev, seq, type]) => {
        const isHole = prev !== last || type === 'snapshot'
        last = seq
        return isHole
      })
      expect([channel, holes]).toEqual([channel, []])
    }
  }
)
