import type { LiveQuality } from '../client/index.ts'
import { clockText } from './time-text.ts'

/** Why a value must not be taken for the present one, and since when. */
export interface Doubt {
  /** In few words, e.g. `producer dead`. */
  readonly reason: string
  /** Ms since the Unix epoch. */
  readonly sinceMs: number
}

/** The doubt about a value of this quality; `undefined` when it is the present one. */
export function doubtOf({ quality, cause, sinceMs }: LiveQuality): Doubt | undefined {
  if (quality === 'live' || quality === 'delayed') return undefined
  const isNamed = cause !== 'none' && cause !== 'unknown'
  const reason = quality === 'disconnected' ? 'no connection' : isNamed ? cause.replaceAll('_', ' ') : quality
  return { reason, sinceMs }
}

/** `producer dead since 16:02:33`. */
export function doubtText({ reason, sinceMs }: Doubt): string {
  return sinceMs > 0 ? `${reason} since ${clockText(sinceMs)}` : reason
}

/** `producer dead 16:02:33`: where there is little room. */
export function shortDoubtText({ reason, sinceMs }: Doubt): string {
  return sinceMs > 0 ? `${reason} ${clockText(sinceMs)}` : reason
}
