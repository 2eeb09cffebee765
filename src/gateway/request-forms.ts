import { type CodedError, codedError } from '../protocol/codes.ts'
import type { DetailedWish } from '../protocol/requests.ts'

/** Reads the payload of `subscribe`: a list, or an object with a list `channels`. */
export function readWishes(payload: unknown): readonly DetailedWish[] | CodedError {
  const list = listOf(payload)
  if (list === undefined) return refused('subscribe {channels: [name | {channel, maxRateHz?, resume?}]}', payload)
  const wishes: DetailedWish[] = []
  for (const entry of list) {
    const wish = typeof entry === 'string' ? { channel: entry } : entry
    if (!isWish(wish)) return refused('each channel a name or {channel, maxRateHz?, resume?: {epoch, seq}}', entry)
    wishes.push(wish)
  }
  return wishes
}

/** Reads the payload of `unsubscribe`: names and patterns. */
export function readNames(payload: unknown): readonly string[] | CodedError {
  const list = listOf(payload)
  if (list?.every((entry) => typeof entry === 'string')) return list
  return refused('unsubscribe {channels: [name, …]}', payload)
}

/** Reads the payload of `snapshot`: one name. */
export function readName(payload: unknown): string | CodedError {
  if (typeof payload === 'string') return payload
  if (isObject(payload) && typeof payload.channel === 'string') return payload.channel
  return refused('snapshot {channel: name}', payload)
}

export function isRefusal(value: unknown): value is CodedError {
  return isObject(value) && typeof value.code === 'number'
}

function listOf(payload: unknown): readonly unknown[] | undefined {
  if (Array.isArray(payload)) return payload
  if (typeof payload === 'string') return [payload]
  if (isObject(payload) && Array.isArray(payload.channels)) return payload.channels
  return undefined
}

function isWish(value: unknown): value is DetailedWish {
  if (!isObject(value) || typeof value.channel !== 'string') return false
  const { maxRateHz, resume } = value
  if (maxRateHz !== undefined && !(typeof maxRateHz === 'number' && maxRateHz > 0)) return false
  if (resume === undefined || resume === null) return true
  return isObject(resume) && typeof resume.epoch === 'string' && Number.isSafeInteger(resume.seq)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function refused(expected: string, found: unknown): CodedError {
  const text = JSON.stringify(found) ?? String(found)
  return codedError('badRequest', `expected ${expected}; found ${text.slice(0, 120)}`)
}
