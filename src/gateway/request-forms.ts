import { isPattern } from '../protocol/channel.ts'
import { type CodedError, codedError } from '../protocol/codes.ts'
import type { DetailedWish } from '../protocol/requests.ts'

/** Most names in one request: it is answered in one piece, name by name. */
const MAX_NAMES = 20_000
/** A name that follows the grammar has 195 characters at most; others are told what is wrong with them. */
const MAX_NAME_LENGTH = 1_000
/** Most patterns in one request, and of one client: each is compared with every channel. */
export const MAX_PATTERNS = 100

/** Reads the payload of `subscribe`: a list, or an object with a list `channels`. */
export function readWishes(payload: unknown): readonly DetailedWish[] | CodedError {
  const list = listOf(payload)
  if (list === undefined) return refused('subscribe {channels: [name | {channel, maxRateHz?, resume?}]}', payload)
  const wishes: DetailedWish[] = []
  for (const entry of list) {
    const wish = wishOf(entry)
    if (wish === undefined) return refused('each channel a name or {channel, maxRateHz?, resume?: {epoch, seq}}', entry)
    wishes.push(wish)
  }
  return tooMany(wishes.map(({ channel }) => channel)) ?? wishes
}

/** Reads the payload of `unsubscribe`: names and patterns. */
export function readNames(payload: unknown): readonly string[] | CodedError {
  const list = listOf(payload)
  if (list?.every(isName)) return tooMany(list) ?? list
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

/** What is `null` was left out: some languages write it so. */
function wishOf(entry: unknown): DetailedWish | undefined {
  if (isName(entry)) return { channel: entry }
  if (!isObject(entry) || !isName(entry.channel)) return undefined
  const { channel } = entry
  const maxRateHz = entry.maxRateHz ?? undefined
  const resume = entry.resume ?? undefined
  if (maxRateHz !== undefined && !(typeof maxRateHz === 'number' && maxRateHz > 0)) return undefined
  if (resume !== undefined && !isPosition(resume)) return undefined
  return { channel, ...(maxRateHz !== undefined && { maxRateHz }), ...(resume !== undefined && { resume }) }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_NAME_LENGTH
}

function isPosition(value: unknown): value is NonNullable<DetailedWish['resume']> {
  if (!isObject(value)) return false
  const { epoch, seq } = value
  return typeof epoch === 'string' && typeof seq === 'number' && Number.isSafeInteger(seq) && seq >= 0
}

function tooMany(names: readonly string[]): CodedError | undefined {
  const patterns = names.length > MAX_PATTERNS ? names.filter(isPattern).length : 0
  if (names.length <= MAX_NAMES && patterns <= MAX_PATTERNS) return undefined
  const found = patterns > MAX_PATTERNS ? `${patterns} patterns` : `${names.length} names`
  const expected = `expected at most ${MAX_NAMES} names in one request, ${MAX_PATTERNS} of them patterns`
  return codedError('badRequest', `${expected}; found ${found}`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function refused(expected: string, found: unknown): CodedError {
  return codedError('badRequest', `expected ${expected}; found ${inBrief(found).slice(0, 120)}`)
}

/** One level of what was found: a client may nest more deeply than `JSON.stringify` can follow. */
function inBrief(found: unknown): string {
  let isTop = true
  const text = JSON.stringify(found, (_key, value: unknown) => {
    if (!isTop && isObject(value)) return Array.isArray(value) ? '[…]' : '{…}'
    isTop = false
    return value
  })
  return text ?? String(found)
}
