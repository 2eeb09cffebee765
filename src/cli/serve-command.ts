import { Command, Option } from 'commander'
import { type FlagDescription, flagDescriptions } from '../config/flags.ts'

/** The flags that were given, by camelCase name, as `loadSettings` wants them. */
export type ServeFlags = Readonly<Record<string, unknown>>

/** `tickcast serve`, the default command: one option for every setting. */
export function serveCommand(serve: (flags: ServeFlags) => Promise<void>): Command {
  const command = new Command('serve').description('start the server').action(serve)
  for (const flag of flagDescriptions()) command.addOption(optionOf(flag))
  return command
}

/** A setting as an option of a command. */
export function optionOf({ flag, argument, isRepeatable, description, group }: FlagDescription): Option {
  const option = new Option(argument === undefined ? flag : `${flag} <${argument}>`, description)
  option.helpGroup(`${group}:`)
  if (isRepeatable) option.argParser((value, previous: readonly string[] = []) => [...previous, value])
  return option
}
