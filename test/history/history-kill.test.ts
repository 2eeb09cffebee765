import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { randomNumbers } from '../support/random-numbers.ts'
import { historyFile, TestStore } from './support/history-files.ts'
import { MINUTES, TRADES } from './support/updates.ts'

const KILLS = 20
/** Longest time a process may write before it is killed, ms. */
const MOST_MS = 200
const PROCESS = new URL('./support/history-process.ts', import.meta.url).pathname

/** Lets a process write for a while, kills it, and returns the last sequence number it had seen acknowledged. */
async function writeAndKill(file: string, forMs: number): Promise<number> {
  const child = spawn(process.execPath, [PROCESS, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), forMs)
    output += chunk.toString()
  })
  await closed
  expect(output).not.toContain('log')
  const whole = output.slice(0, output.lastIndexOf('\n')).split('\n')
  return Number(whole.at(-1))
}

it('Nothing that was acknowledged is lost, however often the process is killed while it writes', async () => {
  const seed = 20_260_105
  const random = randomNumbers(seed)
  const file = historyFile()
  let known = 0
  for (let kill = 1; kill <= KILLS; kill++) {
    const forMs = Math.floor(random() * MOST_MS)
    const acknowledged = await writeAndKill(file, forMs)
    expect(acknowledged).toBeGreaterThan(known)

    const database = new DatabaseSync(file)
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    const { count, last } = database.prepare('SELECT count(*) AS count, max(seq) AS last FROM trades').get() ?? {}
    database.close()
    const store = new TestStore({ file })
    const found = { kill, seed, forMs, damage: store.damage, position: store.position(TRADES)?.seq, count }
    // Every trade from the first to the last, and the last no earlier than what was acknowledged.
    expect(found).toEqual({ kill, seed, forMs, damage: [], position: last, count: last })
    expect(Number(last)).toBeGreaterThanOrEqual(acknowledged)
    // Candle and trades of a batch are there together.
    expect(store.candles(MINUTES, { limit: 9 }).candles).toMatchObject([{ close: `${last}` }])
    expect(store.trades(TRADES, { limit: 1 }).holes).toEqual([])
    store.close()
    known = Number(last)
  }
}, 180_000)
