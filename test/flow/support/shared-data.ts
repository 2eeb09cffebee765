import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))

/** Path of a recording that is not part of the project, or undefined with one line that says so. */
export function recording(name: string): string | undefined {
  const path = `${folder}${name}`
  if (existsSync(path)) return path
  process.stderr.write(`skipped: no recording ${name} beside the project\n`)
  return undefined
}
