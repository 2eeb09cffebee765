import type { Waiting } from './backlog.ts'
import type { OutboxChannel } from './outbox-channel.ts'

/** What of a numbered message its JSON tells. */
type Told = Pick<Waiting, 'channel' | 'seq' | 'prev' | 'exchangeTime' | 'ingestTime' | 'data'>

/**
 * The one form of a message: the main thread finds its way in the head by arithmetic, see `stamped`.
 *
 * @param snapshotOf JSON of the epoch, where the message is a snapshot.
 * @throws Error when the payload has no JSON.
 */
export function messageJson({ channel, seq, prev, exchangeTime, ingestTime, data }: Told, snapshotOf?: string): string {
  const range = prev === seq - 1 ? '' : `,"prev":${prev}`
  const type = snapshotOf === undefined ? '' : `,"type":"snapshot","epoch":${snapshotOf}`
  const times = `,"exchangeTime":${exchangeTime},"ingestTime":${ingestTime},"data":`
  return `${channel.head}${seq}${range}${type}${times}${payloadJson(channel, data)}}`
}

/**
 * The JSON of a payload.
 *
 * @throws Error when it has none.
 */
export function payloadJson({ name }: OutboxChannel, data: unknown): string {
  const json = JSON.stringify(data)
  if (json === undefined) throw new Error(`no JSON for ${name}: expected an object or a value; found ${typeof data}`)
  return json
}
