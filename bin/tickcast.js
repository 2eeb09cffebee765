#!/usr/bin/env node
// Plain JavaScript that Node 14 still parses, so that an old Node gets a clear message instead of a syntax error.
// biome-ignore lint/style/useNodejsImportProtocol: the first releases of Node 14 don't know node:fs
import { existsSync } from 'fs'

const requiredMajor = 24

if (Number(process.versions.node.split('.')[0]) < requiredMajor) {
  console.error(
    `tickcast needs Node.js ${requiredMajor} or newer, found ${process.versions.node}. ` +
      `Install Node.js ${requiredMajor} (https://nodejs.org) and run tickcast again.`
  )
  process.exitCode = 1
} else {
  // A published package holds dist/; a checkout runs its sources by type stripping.
  const compiled = new URL('../dist/src/main.js', import.meta.url)
  import(existsSync(compiled) ? compiled.href : new URL('../src/main.ts', import.meta.url).href)
}
