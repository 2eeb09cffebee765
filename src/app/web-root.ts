import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of the page, from the sources and, one level further down, from the compiled package. */
export function webRoot(): string {
  const candidates = ['../../web', '../../../web'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  const found = candidates.find((path) => existsSync(`${path}/index.html`))
  if (found === undefined) throw new Error(`the page is missing: expected web/index.html at ${candidates.join(' or ')}`)
  return found
}
