import { type DestinationStream, type Logger, pino } from 'pino'
import { build as pretty } from 'pino-pretty'

export type { Logger } from 'pino'

export interface LoggerOptions {
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  /** Lines for people instead of JSON; `auto` on a terminal. */
  readonly logPretty: 'auto' | 'on' | 'off'
  /** Called for each line that was not written because the reader of the log is too slow. */
  readonly onDropped?: () => void
  /** Where lines go; standard output by default. */
  readonly destination?: NodeJS.WritableStream
}

/** Unwritten bytes of log beyond which lines are dropped: a stalled log reader must not fill the memory. */
const maxBacklogBytes = 1_048_576
const standardOutput = 1

/** The log of the process. JSON lines are written without blocking the thread, and flushed when the process exits. */
export function createLogger({ logLevel, logPretty, onDropped, destination }: LoggerOptions): Logger {
  const isPretty = logPretty === 'on' || (logPretty === 'auto' && process.stdout.isTTY === true)
  const options = {
    level: logLevel,
    // Host and process id are known to whatever runs the process.
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) }
  }
  if (isPretty) return pino(options, prettyStream(destination))
  return pino(options, destination ?? jsonStream(onDropped))
}

function jsonStream(onDropped: (() => void) | undefined): DestinationStream {
  const stream = pino.destination({ dest: standardOutput, sync: false, maxLength: maxBacklogBytes })
  if (onDropped !== undefined) stream.on('drop', onDropped)
  return stream
}

/** Synchronous: people want to see the last line before a crash. */
function prettyStream(destination: NodeJS.WritableStream | undefined): DestinationStream {
  const colorize = process.stdout.isTTY === true
  return pretty({ colorize, sync: true, translateTime: 'SYS:HH:MM:ss.l', destination: destination ?? standardOutput })
}
