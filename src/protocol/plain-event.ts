/** Events the protocol itself sends, and names that Socket.IO or Node's emitters keep for themselves. */
const RESERVED_EVENTS: ReadonlySet<string> = new Set([
  ...['ack', 'error', 'heartbeat', 'hello', 'message_back', 'notice', 'status', 'updates'],
  ...['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener']
])

/** Says whether no plain event (`{on, data}`) may have this name. */
export function isReservedEvent(name: string): boolean {
  return RESERVED_EVENTS.has(name)
}
