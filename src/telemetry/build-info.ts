import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'

/** What is running: shown in logs, metrics, `/health` and to clients. */
export interface BuildInfo {
  readonly name: string
  /** Of the package, e.g. `0.1.0`. */
  readonly version: string
  /** Of Node.js, e.g. `v24.0.0`. */
  readonly node: string
}

/** Reads the package this file belongs to, from the sources as well as from the compiled files. */
export function readBuildInfo(): BuildInfo {
  const path = findPackageJSON('..', import.meta.url)
  const found: unknown = path === undefined ? {} : JSON.parse(readFileSync(path, 'utf8'))
  const { name = 'tickcast', version = 'unknown' } = found as { readonly name?: string; readonly version?: string }
  return { name, version, node: process.version }
}
