import { type CodedError, codedError } from '../protocol/codes.ts'
import { CLIENT_ORDERS } from '../protocol/ops-events.ts'
import type { ChannelWish } from './channel-page.ts'
import type { ClientWish } from './client-census.ts'

/** Longest text to search for, characters. */
const MAX_SEARCH = 200

/** What an operator sees. */
export interface Wishes {
  readonly channels: ChannelWish
  readonly clients: ClientWish
}

export const FIRST_WISHES: Wishes = {
  channels: { search: '', offset: 0, onlyTroubled: false },
  clients: { search: '', order: 'backlog' }
}

/** Reads the payload of `watch`, on top of what was asked for before. */
export function readWatch(payload: unknown, before: Wishes): Wishes | CodedError {
  const { channels = {}, clients = {} } = fieldsOf(payload) ?? { channels: null }
  const [ofChannels, ofClients] = [fieldsOf(channels), fieldsOf(clients)]
  if (ofChannels === undefined || ofClients === undefined) return refused('objects channels and clients', payload)
  const { search = before.channels.search, offset = 0, onlyTroubled = before.channels.onlyTroubled } = ofChannels
  const { search: clientSearch = before.clients.search, order: orderText = before.clients.order } = ofClients
  const order = CLIENT_ORDERS.find((one) => one === orderText)
  if (!isSearch(search)) return refused(`channels.search of at most ${MAX_SEARCH} characters`, search)
  if (!isSearch(clientSearch)) return refused(`clients.search of at most ${MAX_SEARCH} characters`, clientSearch)
  if (!isCount(offset)) return refused('channels.offset from 0', offset)
  if (typeof onlyTroubled !== 'boolean') return refused('channels.onlyTroubled true or false', onlyTroubled)
  if (order === undefined) return refused(`clients.order one of ${CLIENT_ORDERS.join(', ')}`, orderText)
  return {
    channels: { search: search.trim(), offset, onlyTroubled },
    clients: { search: clientSearch.trim().toLowerCase(), order }
  }
}

/** Reads the payload of a command: one text under `name`. */
export function readText(payload: unknown, name: 'name' | 'id'): string | CodedError {
  const text = fieldsOf(payload)?.[name]
  return typeof text === 'string' ? text : refused(`{${name}: text}`, payload)
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
}

function isSearch(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_SEARCH
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function refused(expected: string, found: unknown): CodedError {
  const shown = typeof found === 'object' && found !== null ? 'something else' : JSON.stringify(found)?.slice(0, 80)
  return codedError('badRequest', `expected ${expected}; found ${shown ?? 'nothing'}`)
}
