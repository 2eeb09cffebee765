import { InvalidArgumentError } from 'commander'
import { CHANNEL_GRAMMAR, isPattern, parseChannel } from '../protocol/channel.ts'

export const DEFAULT_URL = 'http://localhost:8080'

/** Reads the address of a server; a path is kept off, since the server answers at the root. */
export function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin
  throw new InvalidArgumentError(`Expected an http or https address such as ${DEFAULT_URL}.`)
}

/** Collects channel names and patterns of an argument that may be repeated. */
export function channelPattern(text: string, previous: readonly string[] = []): readonly string[] {
  if (isPattern(text) || parseChannel(text) !== undefined) return [...previous, text]
  throw new InvalidArgumentError(`Expected ${CHANNEL_GRAMMAR}, with * for any run of characters within one part.`)
}

/** Reads a whole number of at least 1. */
export function positiveInteger(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidArgumentError('Expected a whole number of at least 1.')
}

/** Reads a number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('Expected a number above 0.')
}
