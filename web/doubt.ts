import type { LiveQuality } from '../client/index.ts'
import { clockText } from './time-text.ts'

/** Why a value must not be taken for the present one, and since when. */
export interface Doubt {
  readonly quality: Exclude<LiveQuality['quality'], 'live'>
  /** In few words, e.g. `producer dead`; empty where it is not known. */
  readonly cause: string
  /** Ms since the Unix epoch. */
  readonly sinceMs: number
}

/** The doubt about a value of this quality; `undefined` when it is the present one. */
export function doubtOf({ quality, cause, sinceMs }: LiveQuality): Doubt | undefined {
  if (quality === 'live') return undefined
  const isNamed = cause !== 'none' && cause !== 'unknown'
  return { quality, cause: isNamed ? wordsOf(cause) : '', sinceMs }
}

/** Whether the value is right all the same, only late: it need not look as if it were wrong. */
export function isMild(doubt: Doubt | undefined): boolean {
  return doubt?.quality === 'delayed'
}

/** `producer dead since 16:02:33`. */
export function doubtText(doubt: Doubt): string {
  const { quality, cause } = doubt
  return withSince(isMild(doubt) ? qualityText(doubt) : reasonOf(quality, cause), doubt, ' since ')
}

/** `producer dead 16:02:33`: where there is little room. */
export function shortDoubtText(doubt: Doubt): string {
  const { quality, cause } = doubt
  return withSince(isMild(doubt) ? quality : reasonOf(quality, cause), doubt, ' ')
}

const SEVERITY: readonly Doubt['quality'][] = ['closed', 'delayed', 'recovering', 'stale', 'disconnected']

/** The worst of these doubts in one line, of how many of them; `undefined` when all are of present values. */
export function worstDoubt(
  doubts: readonly (Doubt | undefined)[]
): { readonly quality: Doubt['quality']; readonly text: string } | undefined {
  const severity = Math.max(...doubts.map((doubt) => (doubt === undefined ? -1 : SEVERITY.indexOf(doubt.quality))))
  const worst = doubts.filter((doubt) => doubt !== undefined && SEVERITY.indexOf(doubt.quality) === severity)
  const [first] = worst.sort((a, b) => (a?.sinceMs ?? 0) - (b?.sinceMs ?? 0))
  if (first === undefined) return undefined
  const share = worst.length < doubts.length ? ` (${worst.length} of ${doubts.length} symbols)` : ''
  return { quality: first.quality, text: `${withSince(qualityText(first), first, ' since ')}${share}` }
}

function reasonOf(quality: Doubt['quality'], cause: string): string {
  if (quality === 'disconnected') return 'no connection'
  return cause === '' ? quality : cause
}

/** `delayed: slow consumer`. */
function qualityText({ quality, cause }: Doubt): string {
  return cause === '' ? quality : `${quality}: ${cause}`
}

function withSince(text: string, { sinceMs }: Doubt, between: string): string {
  return sinceMs > 0 ? `${text}${between}${clockText(sinceMs)}` : text
}

/** Causes are written `producer_dead`, names of refusals `unknownChannel`. */
function wordsOf(name: string): string {
  return name.replaceAll('_', ' ').replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
