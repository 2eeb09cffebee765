import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { SqliteHistoryStore, type StoreOptions } from '../../../src/history/history-store-sqlite.ts'
import { createBatchReader } from '../../../src/history/update-batch.ts'
import { STORE } from './store-options.ts'
import { bytesOf } from './updates.ts'

/** A path in a folder of its own, which is removed after the test. */
export function historyFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tickcast-history-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'history.db')
}

/** An open store, with what it said of damage. */
export class TestStore extends SqliteHistoryStore {
  readonly damage: string[]
  readonly #read = createBatchReader()

  constructor(options: Partial<StoreOptions> = {}) {
    const damage: string[] = []
    super({ file: historyFile(), ...STORE, ...options }, (text) => damage.push(text))
    this.damage = damage
    onTestFinished(() => this.close())
  }

  /** Appends updates as they come from the main thread. */
  keep(epoch: string, ...updates: readonly unknown[]) {
    return this.append([this.#read(epoch, bytesOf(updates))])
  }

  /** Appends batches in one transaction. */
  appendAll(...batches: readonly (readonly [epoch: string, ...updates: unknown[]])[]) {
    return this.append(batches.map(([epoch, ...updates]) => this.#read(epoch, bytesOf(updates))))
  }
}
