import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openHistory } from '../../src/app/history.ts'
import { loadSettings } from '../../src/config/load-settings.ts'
import { createCounters } from '../../src/telemetry/counters.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import { historyFile } from './support/history-files.ts'
import { bytesOf, TRADES, tradeUpdate } from './support/updates.ts'

/** Opens history by its setting; with what was warned of. */
async function open(setting: string) {
  const warnings: string[] = []
  const log = { info: () => undefined, error: () => undefined, warn: (text: string) => warnings.push(text) }
  const settings = loadSettings({ flags: { historyFile: setting }, env: {} })
  const parts = { counters: createCounters(), log: log as unknown as Logger, now: () => performance.now() }
  const history = await openHistory(settings, parts)
  onTestFinished(() => history?.client.stop())
  return { history, warnings }
}

/** A path that no file can have, whoever asks. */
function impossibleFile(): string {
  const file = historyFile()
  writeFileSync(file, '')
  return join(file, 'history.sqlite')
}

async function keepsTrades({ history }: Awaited<ReturnType<typeof open>>): Promise<boolean> {
  history?.client.offer('e1', bytesOf([tradeUpdate(1)]))
  await history?.client.flush()
  return (await history?.client.query({ kind: 'position', channel: TRADES }))?.seq === 1
}

it('History that is switched off is none', async () => {
  expect((await open('none')).history).toBeUndefined()
})

it('History in a file that is named is there, or the server does not start', async () => {
  const file = historyFile()
  const named = await open(file)
  expect([named.history?.file, await keepsTrades(named), existsSync(file)]).toEqual([file, true, true])
  await expect(open(impossibleFile())).rejects.toThrow('must be writable')
})

it('History in a file that may be used is in memory when it cannot be, and says so', async () => {
  const file = join(dirname(historyFile()), 'folder', 'history.sqlite')
  const used = await open(`auto:${file}`)
  expect([used.history?.file, used.warnings, await keepsTrades(used)]).toEqual([file, [], true])

  const second = await open(`auto:${file}`)
  expect(second.history?.file).toBe(':memory:')
  expect(second.warnings).toEqual([expect.stringMatching(/^history is kept in memory, and gone when .+ one process/)])

  const without = await open(`auto:${impossibleFile()}`)
  expect([without.history?.file, without.warnings.length, await keepsTrades(without)]).toEqual([':memory:', 1, true])
})
