import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A producer file for `--feed module:`, named as its producer; it is removed when the test ends. */
export class ProducerFile {
  readonly name: string
  readonly path: string

  constructor(name: string, source: string) {
    const folder = mkdtempSync(join(tmpdir(), 'tickcast-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    this.name = name
    this.path = join(folder, `${name}.mjs`)
    this.write(source)
  }

  get feed(): string {
    return `module:${this.path}`
  }

  write(source: string): void {
    writeFileSync(this.path, `${PRELUDE}${source}`)
  }

  /** Makes `isToldToGo()` true in the producer's thread. */
  go(): void {
    writeFileSync(`${this.path}.go`, '')
  }

  /** Makes `isToldToGo()` false again. */
  halt(): void {
    rmSync(`${this.path}.go`, { force: true })
  }
}

/** What every producer file can use. */
const PRELUDE = `
import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
const isToldToGo = () => existsSync(import.meta.filename + '.go')
const forever = () => new Promise(() => setInterval(() => undefined, 60_000))
const quote = (step) => ({ bid: String(step), bidSize: '1', ask: String(step + 1), askSize: '1' })
const trade = (step) => ({ id: String(step), price: String(step), size: '1', side: 'buy' })
`
