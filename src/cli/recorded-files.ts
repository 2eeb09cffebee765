import { accessSync, constants, statSync } from 'node:fs'

/** Size of a file that can be read, bytes; `undefined` when there is none. */
export function recordedBytes(path: string): number | undefined {
  try {
    accessSync(path, constants.R_OK)
    const found = statSync(path)
    return found.isFile() ? found.size : undefined
  } catch {
    // Whatever is in the way, there is nothing to be read.
    return undefined
  }
}
