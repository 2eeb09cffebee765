/** Where does the main thread's time go during a window? Asked of V8 itself, so that the start of the server is left out. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { dirname } from 'node:path'

/** Time between two samples, µs. */
const INTERVAL_MICROS = 500

let session: Session | undefined

export async function startProfile(): Promise<void> {
  session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_MICROS })
  await session.post('Profiler.start')
}

/** Ends the profile, and writes it for Chrome's developer tools and for `profileReport`. */
export async function stopProfile(path: string): Promise<void> {
  const stopped = await session?.post('Profiler.stop')
  session?.disconnect()
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, JSON.stringify(stopped?.profile))
}
