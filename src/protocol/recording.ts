import type { Update } from './server-events.ts'

/**
 * tickcast's own recording: what a client received, one JSON object a line, plain or gzip.
 *
 * ```
 * {"tickcast":1,"recordedAt":1723161253937,"source":"http://localhost:3000"}
 * {"t":1723161253940.25,"e":"updates","u":[{"channel":"trade:SIM:AAPL","seq":1,…},…]}
 * {"t":1723161253951,"e":"news","d":{"headline":"…"}}
 * ```
 *
 * The first line is the header. Every other line is one event in the order of arrival: `t` is when it was received
 * (ms since the Unix epoch, with a fraction where the clock has one), `e` its name, `u` the updates as they came, `d`
 * the data of a plain event. A session may be split over several files; each begins with a header. Readers pass over
 * fields and events they do not know.
 */
export const RECORDING_VERSION = 1

/** First line of a recording. */
export interface RecordingHeader {
  readonly tickcast: typeof RECORDING_VERSION
  /** When the recording began, ms since the Unix epoch. */
  readonly recordedAt: number
  /** Where it was recorded from, e.g. the server's URL. */
  readonly source: string
}

/** A line that holds the updates of one `updates` event. */
export interface RecordedUpdates {
  readonly t: number
  readonly e: 'updates'
  readonly u: readonly Update[]
}

/** A line that holds a plain event. */
export interface RecordedEvent {
  readonly t: number
  /** Any name but `updates`. */
  readonly e: string
  readonly d: unknown
}

/** Writes one line of a recording, line end included. */
export function formatRecordingLine(line: RecordingHeader | RecordedUpdates | RecordedEvent): string {
  return `${JSON.stringify(line)}\n`
}
