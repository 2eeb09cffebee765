import { choice, integer, type Setting, text } from './setting-kinds.ts'

/** What is kept of the past, and who computes with it. */
export const HISTORY_SETTINGS = {
  historyFile: text({
    group: 'History',
    default: 'auto',
    form: /^.{1,4096}$/,
    expected: 'auto, none, :memory: or the path of a file',
    argument: 'file',
    description:
      'Where trades and candles are kept: a file, :memory:, or none; auto is data/history.sqlite, or memory where that cannot be used; auto:FILE the same with another file'
  }),
  historyTradeHours: retention('Time for which trades are kept', 6, 'h', 87_600),
  historySecondHours: retention('Time for which candles of less than a minute are kept', 24, 'h', 87_600),
  historyMinuteDays: retention('Time for which candles of one to four minutes are kept', 30, 'days', 36_500),
  historyCoarseDays: retention('Time for which candles of five minutes and more are kept', 0, 'days', 36_500),
  historyDurability: choice({
    group: 'History',
    default: 'normal',
    choices: ['normal', 'full'],
    argument: 'when',
    description:
      'Whether a loss of power may cost the last moments (normal) or nothing, at the price of slower writes (full)'
  }),
  historyWriteMs: integer({
    group: 'History',
    default: 100,
    minimum: 10,
    maximum: 10_000,
    unit: 'ms',
    description: 'Longest time that trades and candles wait to be written together'
  }),
  historyMaxUnwrittenMb: integer({
    group: 'History',
    default: 64,
    minimum: 1,
    maximum: 4_096,
    unit: 'MiB',
    description: 'Data that may wait to be written; what comes then is not kept and leaves a hole'
  }),
  historyMaxFileMb: integer({
    group: 'History',
    default: 0,
    minimum: 0,
    maximum: 16_777_216,
    unit: 'MiB',
    description: 'Largest size of the file; nothing is written beyond it until old data is dropped. 0 switches this off'
  }),
  historyQueryMs: integer({
    group: 'History',
    default: 2_000,
    minimum: 10,
    maximum: 600_000,
    unit: 'ms',
    description: 'Time a question to history may take before it is given up'
  }),
  jobThreads: integer({
    group: 'History',
    default: 1,
    minimum: 1,
    maximum: 64,
    unit: 'threads',
    description: 'Threads that resample, compute indicators and read books for REST'
  }),
  jobQueue: integer({
    group: 'History',
    default: 64,
    minimum: 0,
    maximum: 10_000,
    unit: 'jobs',
    description: 'Jobs that may wait for one of these threads; more are answered with 503'
  }),
  jobTimeoutMs: integer({
    group: 'History',
    default: 5_000,
    minimum: 100,
    maximum: 600_000,
    unit: 'ms',
    description: 'Time a job may take before it is ended'
  })
}

/** How long something is kept; 0 for ever. */
function retention(what: string, byDefault: number, unit: string, maximum: number): Setting<number> {
  return integer({
    group: 'History',
    default: byDefault,
    minimum: 0,
    maximum,
    unit,
    description: `${what}; 0 for ever`
  })
}
