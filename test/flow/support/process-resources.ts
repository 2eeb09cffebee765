import { existsSync, readdirSync } from 'node:fs'

const TASKS = '/proc/self/task'

/** What of this process could leak: message ports, and on Linux threads. */
export interface ProcessResources {
  readonly ports: number
  readonly threads: number
}

export function processResources(): ProcessResources {
  return {
    ports: process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length,
    threads: existsSync(TASKS) ? readdirSync(TASKS).length : 0
  }
}
