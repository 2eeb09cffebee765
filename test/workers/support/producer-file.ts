import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Writes a producer file into a folder that is removed after the test. @returns its path. */
export function writeProducer(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tickcast-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'my-producer.mjs')
  writeFileSync(file, source)
  return file
}
