/** Who is compared, and what does each of them do with the same messages? */
import type { Door } from '../load/client.ts'

/** A way to serve the clients: a server, and the door through which they come. */
export interface Contender {
  readonly name: string
  readonly server: keyof typeof SERVERS
  readonly door: Door
  /** What the server does with messages, when it knows several ways. */
  readonly mode?: string
}

/** The main file of each server's process. */
export const SERVERS = {
  tickcast: import.meta.resolve('../servers/tickcast.process.ts'),
  stock: import.meta.resolve('../servers/stock.process.ts'),
  'raw-ws': import.meta.resolve('../servers/raw-ws.process.ts')
} as const

export const TICKCAST: Contender = { name: 'tickcast', server: 'tickcast', door: 'socket.io' }
export const TICKCAST_NATIVE: Contender = { name: 'tickcast, native door', server: 'tickcast', door: 'websocket' }
/** Socket.IO as it comes: a room per channel, an emit per update. */
export const STOCK: Contender = { name: 'stock emit', server: 'stock', door: 'socket.io' }
/** The same, with one object per message over the port. */
export const STOCK_OBJECTS: Contender = { ...STOCK, name: 'one object per message', mode: 'objects' }
/** The article's cure: a queue, and one message per wake-up each 10 ms. */
export const ARTICLE: Contender = { ...STOCK, name: "the article's emitter", mode: 'article' }
/** `ws` with frames made once per group of like clients. */
export const RAW_WS: Contender = { name: 'raw ws, prepared frames', server: 'raw-ws', door: 'websocket' }
