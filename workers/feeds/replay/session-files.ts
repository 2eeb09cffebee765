import { stat } from 'node:fs/promises'
import { readLines } from './file-lines.ts'
import type { Normaliser, RecordingForm } from './normaliser.ts'
import { RECORDING_FORMS } from './recording-forms.ts'
import type { ReplayClock } from './replay-clock.ts'

/** Lines from which the form of a file is told. */
const FORM_LINE_COUNT = 50
/** Bounds of the scan for channels: lines, and ms. */
export const SCAN_LINE_LIMIT = 5_000
const SCAN_TIME_LIMIT_MS = 2_000
/** Characters of a line shown in an error. */
const SHOWN_LINE_LENGTH = 80

/** One file of a session. */
export interface SessionFile {
  readonly path: string
  readonly form: RecordingForm
}

/** The normalisers of one pass through a session: files of one form share one, as they are one session. */
export class SessionNormalisers {
  readonly #byForm = new Map<RecordingForm, Normaliser>()
  readonly #recovering: ReadonlySet<string>

  /** @param recovering channels that an earlier pass left `recovering`. */
  constructor(recovering: ReadonlySet<string> = new Set()) {
    this.#recovering = recovering
  }

  of(form: RecordingForm): Normaliser {
    const known = this.#byForm.get(form)
    if (known !== undefined) return known
    const created = form.createNormaliser(this.#recovering)
    this.#byForm.set(form, created)
    return created
  }

  /** Channels of the lines so far, in the order they were met. */
  channels(): string[] {
    return this.#byForm
      .values()
      .flatMap((normaliser) => normaliser.channels)
      .toArray()
  }

  ignoredCount(): number {
    return this.#byForm.values().reduce((sum, normaliser) => sum + normaliser.ignoredCount, 0)
  }
}

/**
 * Looks at every file of a session, and tells the form of each by its content; files without a line are left out.
 *
 * @throws Error when a file is missing, or its form is not known.
 */
export async function inspectFiles(paths: readonly string[]): Promise<SessionFile[]> {
  const files: SessionFile[] = []
  for (const path of paths) {
    const lines = (await firstLines(path)).filter((line) => line.trim() !== '').slice(0, FORM_LINE_COUNT)
    const [first] = lines
    if (first === undefined) continue
    const form = RECORDING_FORMS.find(({ accepts }) => accepts(lines))
    if (form === undefined) {
      const expected = RECORDING_FORMS.map(({ name }) => name).join(', or ')
      const found = JSON.stringify(first.slice(0, SHOWN_LINE_LENGTH))
      throw new Error(
        `Cannot replay ${path}: expected ${expected}; found ${found}. Give a recording of one of these forms`
      )
    }
    files.push({ path, form })
  }
  if (files.length > 0) return files
  throw new Error(`Cannot replay ${paths.join(', ')}: expected recorded lines, found none. Give files with content`)
}

/** Reads the beginning of a session for the channels it will publish to. */
export async function scanChannels(files: readonly SessionFile[], clock: ReplayClock): Promise<string[]> {
  const normalisers = new SessionNormalisers()
  const endMs = clock.now() + SCAN_TIME_LIMIT_MS
  let lineCount = 0
  for (const { path, form } of files) {
    const normaliser = normalisers.of(form)
    for await (const { lines } of readLines(path)) {
      for (const line of lines.slice(0, SCAN_LINE_LIMIT - lineCount)) normaliser.push(line)
      lineCount += lines.length
      if (lineCount >= SCAN_LINE_LIMIT || clock.now() >= endMs) return normalisers.channels()
    }
  }
  return normalisers.channels()
}

async function firstLines(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new Error(`Cannot replay ${path}: expected a file, found none. Check the path and its permissions`, { cause })
  })
  if (!found.isFile()) throw new Error(`Cannot replay ${path}: expected a file, found a folder. Name the files in it`)
  const lines: string[] = []
  for await (const chunk of readLines(path)) {
    lines.push(...chunk.lines)
    if (lines.length >= FORM_LINE_COUNT) break
  }
  return lines
}
