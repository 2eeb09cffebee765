/** Where do results go, and how are they found again? */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from '../harness/machine.ts'
import { jsonText } from './json-text.ts'
import type { Summary } from './summary.ts'

/** One case as it was run once, with all that is needed to run it again. */
export interface CaseResult {
  readonly name: string
  readonly question: string
  readonly date: string
  /** Reproduces it. */
  readonly command: string
  readonly isQuick: boolean
  readonly rounds: number
  readonly machine: Machine
  /** Why the case could not be run to its end. */
  readonly failure?: string
  readonly summary: Summary
}

/** The newest result of each case. */
export type Latest = Readonly<Partial<Record<string, CaseResult>>>

const LATEST = 'latest.json'

/** Writes `<date>-<case>.json`, and puts the case into `latest.json`. */
export function writeResult(folder: string, result: CaseResult): void {
  write(folder, `${result.date.slice(0, 10)}-${result.name}.json`, `${jsonText(result)}\n`)
  write(folder, LATEST, `${jsonText({ ...readLatest(folder), [result.name]: result })}\n`)
}

export function readLatest(folder: string): Latest {
  const path = join(folder, LATEST)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Latest) : {}
}

/** @returns the path. */
export function writeReport(folder: string, markdown: string): string {
  return write(folder, 'report.md', `${markdown}\n`)
}

/** @returns the path. */
export function writeChart(folder: string, svg: string): string {
  return write(folder, 'chart.svg', svg)
}

function write(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
