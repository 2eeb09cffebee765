import { CODES, type CodeName } from '../protocol/codes.ts'
import type { Notice } from '../protocol/server-events.ts'
import { Frame } from './frame.ts'
import type { Subscriber } from './subscriber.ts'

/** Tells a client what happens to it. */
export function notify(subscriber: Subscriber, name: CodeName, message: string, channels?: readonly string[]): void {
  const notice: Notice = { code: CODES[name].code, name, message, ...(channels && { channels }) }
  subscriber.connection.send(Frame.ofEvent('notice', notice))
}
