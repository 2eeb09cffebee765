import { Command, InvalidArgumentError } from 'commander'
import { flagDescriptions } from '../config/flags.ts'
import { recordedBytes } from './recorded-files.ts'
import { optionOf, type ServeFlags } from './serve-command.ts'

/** Settings of `serve` that matter here, too. */
const FLAGS: ReadonlySet<string> = new Set(['config', 'historyFile', 'calendars', 'maxDerivedSymbols'])

const HISTORY_FILE =
  'History file to fill; auto is data/history.sqlite, as for serve (default: auto; env: TICKCAST_HISTORY_FILE)'

const NOTES = `
Files are those that serve --feed replay:FILE plays, plain or gzip; several are
one session, in the order given. They are merged into what is stored: the same
files again change nothing, and complete what was broken off. No server may
have the history file open meanwhile.

Exit codes: 0 done, 1 failed, 2 called wrongly, 130 ended by Ctrl-C, 143 by
SIGTERM; what was written by then stays.
`

/** `tickcast backfill`: trades and candles of recorded files into the history that `serve` answers from. */
export function backfillCommand(): Command {
  const command = new Command('backfill')
    .description('put trades and candles of recorded files into the history that serve answers from')
    .argument('<files...>', 'recorded files, in their order', recordedFile)
    .action(async (files: readonly string[], flags: ServeFlags) => {
      // Imported here, so that other commands do not load a pool of threads they don't need.
      const { backfill } = await import('./backfill.ts')
      await backfill(files, flags)
    })
    .addHelpText('after', NOTES)
  for (const flag of flagDescriptions().filter(({ key }) => FLAGS.has(key))) {
    const option = optionOf(flag.key === 'historyFile' ? { ...flag, description: HISTORY_FILE } : flag)
    command.addOption(option.helpGroup('Options:'))
  }
  return command
}

function recordedFile(path: string, previous: readonly string[] = []): readonly string[] {
  if (recordedBytes(path) !== undefined) return [...previous, path]
  throw new InvalidArgumentError(`Expected a recorded file, found none at ${path}. Check the path and its permissions.`)
}
