import { globSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What the built pages are made of: files, and folders, whose own times tell of files that are gone. */
const SOURCES = ['web/**', 'client/**', 'src/{protocol,market}/**', 'vite.config.ts', 'package-lock.json']
const BUILT = `${root}dist/web/index.html`

/** The pages were changed after they were built, or never built. */
function isBuildOld(): boolean {
  const builtMs = statSync(BUILT, { throwIfNoEntry: false })?.mtimeMs
  if (builtMs === undefined) return true
  return globSync(SOURCES, { cwd: root }).some((file) => statSync(root + file).mtimeMs > builtMs)
}

/**
 * Builds the pages of `web/` into `dist/web/` when there is need to, and says so; otherwise takes some milliseconds.
 *
 * Without Vite (a production install) it leaves things as they are: the server says itself when it has no page.
 */
export async function buildPageIfNeeded(): Promise<void> {
  if (!isBuildOld()) return
  const vite = await import('vite').catch(() => undefined)
  if (vite === undefined) {
    console.error('the page is not built anew: that needs Vite, which `npm ci` without --omit=dev installs')
    return
  }
  const startedMs = performance.now()
  process.stdout.write('building the page … ')
  await vite.build({ root: `${root}web`, configFile: `${root}vite.config.ts`, logLevel: 'warn' })
  process.stdout.write(`done in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s\n`)
}

if (import.meta.main) await buildPageIfNeeded()
