/** A failure whose message is all the user needs: printed without a stack, the process exits with 1. */
export class CliError extends Error {
  override readonly name = 'CliError'
}
