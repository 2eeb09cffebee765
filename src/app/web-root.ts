import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of the built pages, from the sources and from the compiled package; `undefined` where none are built. */
export function webRoot(): string | undefined {
  const candidates = ['../../dist/web', '../../web'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  // Not the sources of the pages, which lie at the second place of a checkout.
  return candidates.find((path) => existsSync(`${path}/index.html`) && existsSync(`${path}/assets`))
}
