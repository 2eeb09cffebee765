import { Command, CommanderError } from 'commander'
import { backfillCommand } from './cli/backfill-command.ts'
import { CliError } from './cli/cli-error.ts'
import { recordCommand } from './cli/record-command.ts'
import { type ServeFlags, serveCommand } from './cli/serve-command.ts'
import { watchCommand } from './cli/watch-command.ts'
import { ConfigError } from './config/config-error.ts'
import { HistoryError } from './history/history-error.ts'
import { readBuildInfo } from './telemetry/build-info.ts'

/** Exit codes of the process. */
const EXIT = { ok: 0, failed: 1, misused: 2 } as const

const EXAMPLES = `
Examples:
  tickcast                                       a synthetic market at http://localhost:8080
  tickcast --feed replay:session.ndjson.gz       a recorded one
  tickcast watch 'quote:SIM:*'                   its quotes in the terminal
  tickcast record session.ndjson.gz --seconds 60 a minute of it in a file
  tickcast backfill session.ndjson.gz            its trades and candles into the history
`

/** Narrower than commander's own, so that long descriptions wrap on a terminal of 80 columns. */
const HELP_WRAP_COLUMNS = 30

/** The command line: `serve` (the default), `watch`, `record` and `backfill`. */
export function createProgram(serve: (flags: ServeFlags) => Promise<void>): Command {
  const serving = serveCommand(serve)
  const program = new Command('tickcast')
    .description('Market data broadcaster: worker threads make the data, the main thread sends it.')
    .version(readBuildInfo().version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help; after a command, the help of that command')
    .helpCommand(false)
    .addCommand(serving, { isDefault: true })
    .addCommand(watchCommand())
    .addCommand(recordCommand())
    .addCommand(backfillCommand())
    .addHelpText('after', () => `${EXAMPLES}\nThe default command:\n\n${serving.helpInformation()}`)
  for (const command of [program, ...program.commands]) {
    command.exitOverride().showHelpAfterError('(see --help)').configureHelp({ minWidthToWrap: HELP_WRAP_COLUMNS })
  }
  return program
}

/**
 * Tells the user why a command ended, and returns the exit code of the process.
 *
 * What the user can mend is told in a sentence; a stack trace is printed for bugs alone.
 */
export function reportFailure(error: unknown): number {
  // Commander has printed its message already, also the help and the version it ends with.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.misused
  if (error instanceof ConfigError) return said(error.message, EXIT.misused)
  if (error instanceof HistoryError) return said(error.message, EXIT.failed)
  if (error instanceof CliError) return said(error.message, EXIT.failed)
  const listening = listenFailure(error)
  if (listening !== undefined) return said(listening, EXIT.failed)
  return said(error instanceof Error ? (error.stack ?? error.message) : String(error), EXIT.failed)
}

function listenFailure(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('port' in error) || !('address' in error)) return undefined
  const { code, port, address } = error
  if (code === 'EADDRINUSE') {
    return (
      `port ${port} on ${address} is taken; expected a free port. ` +
      'Stop the other process, or choose another with `--port M` (0 takes any free one)'
    )
  }
  if (code === 'EACCES') {
    return `port ${port} on ${address} is not allowed to this user; expected one above 1023. Choose it with \`--port M\``
  }
  if (code === 'EADDRNOTAVAIL') {
    return `${address} is no address of this machine; expected one that is. Choose it with \`--host ADDRESS\``
  }
  return undefined
}

function said(message: string, exitCode: number): number {
  console.error(message)
  return exitCode
}
