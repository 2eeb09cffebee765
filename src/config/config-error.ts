/** All that is wrong with the configuration at once, so that one look at it is enough. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** One line each: the setting, what was expected, what was found and where, and a remedy. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const [first = 'unknown problem'] = problems
    super(
      problems.length === 1
        ? `Wrong configuration: ${first}`
        : `Wrong configuration, ${problems.length} problems:\n${problems.map((problem) => `- ${problem}`).join('\n')}`
    )
    this.problems = problems
  }
}
