/** What has this process used, as its own operating system and event loop tell it? */
import { setTimeout } from 'node:timers/promises'
import type { Memory, Usage } from './server-api.ts'

export function usage(): Usage {
  const all = process.cpuUsage()
  const main = process.threadCpuUsage()
  return {
    wallMs: performance.now(),
    cpuMicros: all.user + all.system,
    mainCpuMicros: main.user + main.system,
    loopActiveMs: performance.eventLoopUtilization().active
  }
}

/** Time for buffers to be given back after their owners were collected, ms. */
const SWEEP_MS = 200

/** Memory once garbage is collected; needs `--expose-gc`. */
export async function memory(): Promise<Memory> {
  if (globalThis.gc === undefined) throw new Error('expected Node.js with --expose-gc; found none. Add the flag')
  for (let pass = 0; pass < 2; pass++) {
    globalThis.gc()
    await setTimeout(SWEEP_MS)
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rssBytes: rss, heldBytes: heapUsed + external }
}
