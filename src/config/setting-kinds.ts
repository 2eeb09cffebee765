/** The heading under which the help lists a setting. */
export type SettingGroup =
  | 'Server'
  | 'Feeds'
  | 'Derived data'
  | 'Delivery'
  | 'History'
  | 'Health'
  | 'Client limits'
  | 'Logging'

/** What every setting says about itself. */
export interface SettingInfo {
  readonly group: SettingGroup
  /** One sentence without a full stop; the help adds limits, default and environment name. */
  readonly description: string
  /** Of a number, e.g. `ms`, `messages`, `bytes`. */
  readonly unit?: string
  /** A setting that only feeds of this kind obey. */
  readonly only?: 'synthetic' | 'replay'
}

/** One setting: its default, and how a value of it is read from text (flag, environment) or JSON (config file). */
export interface Setting<Value> extends SettingInfo {
  readonly default: Value
  /** The default as one would write it. */
  readonly defaultText: string
  /** What a value has to be, in words, e.g. `an integer from 1 to 1000`. */
  readonly expected: string
  /** The same as short as the help wants it, e.g. `1–1000`; a form of text has none, its description tells it. */
  readonly limits?: string
  /** Stands for the value in the help, e.g. `ms`; a setting without it is a switch. */
  readonly argument?: string
  /** A flag that switches a switch off. */
  readonly oppositeFlag?: string
  /** A flag that may be given more than once. */
  readonly isRepeatable?: true
  /** A value that is shown nowhere, not even when it is wrong. */
  readonly isSecret?: true
  /** The value, or `undefined` when `raw` is not what is expected. */
  read(raw: unknown): Value | undefined
}

/** A whole number within limits. */
export function integer(info: SettingInfo & NumberLimits): Setting<number> {
  const { minimum, maximum } = info
  return {
    ...info,
    defaultText: String(info.default),
    expected: `an integer from ${minimum} to ${maximum}`,
    limits: `${minimum}–${maximum}`,
    argument: info.unit ?? 'number',
    read(raw) {
      const value = numberFrom(raw, /^-?\d{1,15}$/)
      return Number.isInteger(value) && isWithin(info, value) ? value : undefined
    }
  }
}

/** A positive multiple, or `max` for no limit, which becomes `Infinity`. */
export function multiple(info: SettingInfo & NumberLimits): Setting<number> {
  const { minimum, maximum } = info
  return {
    ...info,
    defaultText: String(info.default),
    expected: `a number from ${minimum} to ${maximum}, or max`,
    limits: `${minimum}–${maximum}, or max`,
    argument: 'factor',
    read(raw) {
      if (raw === 'max') return Number.POSITIVE_INFINITY
      const value = numberFrom(raw, /^\d{1,9}(\.\d{1,6})?$/)
      return isWithin(info, value) ? value : undefined
    }
  }
}

/** Yes or no, no by default; on the command line a bare flag. */
export function onOrOff(info: SettingInfo & { readonly oppositeFlag?: string }): Setting<boolean> {
  const meanings = new Map<unknown, boolean>([
    [true, true],
    ['true', true],
    ['1', true],
    [false, false],
    ['false', false],
    ['0', false]
  ])
  return { ...info, default: false, defaultText: 'false', expected: 'true or false', read: (raw) => meanings.get(raw) }
}

/** One of a few words. */
export function choice<const Word extends string>(
  info: SettingInfo & { readonly default: NoInfer<Word>; readonly choices: readonly Word[]; readonly argument: string }
): Setting<Word> {
  return {
    ...info,
    defaultText: info.default,
    expected: `one of ${info.choices.join(', ')}`,
    limits: info.choices.join(', '),
    read: (raw) => info.choices.find((word) => word === raw)
  }
}

/** A text of a given form. */
export function text(info: SettingInfo & TextForm & { readonly default: string }): Setting<string> {
  return {
    ...info,
    defaultText: info.default,
    read: (raw) => (typeof raw === 'string' && info.form.test(raw) ? raw : undefined)
  }
}

/** A text of a given form that nobody is shown, or `none` (the empty text), which is the default. */
export function secret(info: SettingInfo & TextForm): Setting<string> {
  const shown = text({ ...info, default: '' })
  return { ...shown, defaultText: 'none', isSecret: true, read: (raw) => (raw === 'none' ? '' : shown.read(raw)) }
}

/** One or more texts: an array in a config file, a text with separators elsewhere, or a flag given several times. */
export function list(
  info: SettingInfo & TextForm & { readonly default: readonly string[]; readonly separator: ',' | ';' }
): Setting<readonly string[]> {
  return {
    ...info,
    defaultText: info.default.join(info.separator),
    isRepeatable: true,
    read(raw) {
      const items = itemsOf(raw, info.separator)
      return items !== undefined && items.length > 0 && items.every((item) => info.form.test(item)) ? items : undefined
    }
  }
}

/** A comma-separated list, or one word for all there are (kept as it is), or `none` (the empty list). */
export function listOrAll<const All extends string>(
  info: SettingInfo & TextForm & { readonly all: All }
): Setting<All | readonly string[]> {
  return {
    ...info,
    default: info.all,
    defaultText: info.all,
    isRepeatable: true,
    read(raw) {
      const items = itemsOf(raw, ',') ?? []
      if (items.length === 1 && items[0] === info.all) return info.all
      if (items.length === 1 && items[0] === 'none') return []
      return items.length > 0 && items.every((item) => info.form.test(item)) ? items : undefined
    }
  }
}

interface NumberLimits {
  readonly default: number
  readonly minimum: number
  readonly maximum: number
}

interface TextForm {
  readonly form: RegExp
  readonly expected: string
  readonly argument: string
}

function numberFrom(raw: unknown, form: RegExp): number {
  if (typeof raw === 'string') return form.test(raw) ? Number(raw) : Number.NaN
  return typeof raw === 'number' ? raw : Number.NaN
}

/** False for `NaN`. */
function isWithin(limits: NumberLimits, value: number): boolean {
  return value >= limits.minimum && value <= limits.maximum
}

function itemsOf(raw: unknown, separator: string): readonly string[] | undefined {
  const parts: readonly unknown[] = Array.isArray(raw) ? raw : [raw]
  if (!parts.every((part) => typeof part === 'string')) return undefined
  return parts.flatMap((part) => part.split(separator).map((item) => item.trim())).filter((item) => item !== '')
}
