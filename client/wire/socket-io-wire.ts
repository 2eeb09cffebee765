import type { Socket } from 'socket.io-client'
import type { CodedError } from '../../src/protocol/codes.ts'
import { NAMESPACE } from '../../src/protocol/server-events.ts'
import type { OpenWire, Wire, WireAddress, WireEvents } from './wire.ts'

/**
 * Opens the Socket.IO door: WebSocket, and HTTP long-polling where that is refused. On a detour it is the other way
 * round, since there are proxies that neither refuse a WebSocket nor let it through.
 */
export const openSocketIo: OpenWire = (address, events, isDetour) => new SocketIoWire(address, events, isDetour)

/** The only place that knows socket.io-client, which is loaded at the first use. */
class SocketIoWire implements Wire {
  readonly #events: WireEvents
  #socket: Socket | undefined
  #isClosed = false

  constructor(address: WireAddress, events: WireEvents, isDetour: boolean) {
    this.#events = events
    void this.#open(address, isDetour)
  }

  request(name: string, payload: unknown, id: number): void {
    this.#socket?.emit(name, payload, (answer: unknown) => this.#events.onAnswer(id, answer))
  }

  close(): void {
    this.#isClosed = true
    const socket = this.#socket
    socket?.offAny()
    socket?.removeAllListeners()
    socket?.disconnect()
    // Where nobody answers any more, an orderly end would be waited for.
    socket?.io.engine?.close()
  }

  async #open({ url, token }: WireAddress, isDetour: boolean): Promise<void> {
    try {
      const { io } = await import('socket.io-client')
      if (this.#isClosed) return
      const socket: Socket = io(url + NAMESPACE, {
        transports: isDetour ? ['polling', 'websocket'] : ['websocket', 'polling'],
        tryAllTransports: true,
        reconnection: false,
        forceNew: true,
        ...(token === undefined ? {} : { auth: { token } })
      })
      this.#socket = socket
      this.#listen(socket)
    } catch (error) {
      // It is loaded over the same network that may be gone for a moment.
      this.#events.onEnd({ reason: `socket.io-client cannot be loaded: ${String(error)}`, isComingBack: true })
    }
  }

  #listen(socket: Socket): void {
    const { onOpen, onEvent, onEnd } = this.#events
    socket.on('connect', onOpen)
    socket.onAny((name: string, ...args: unknown[]) => onEvent(name, args))
    socket.on('disconnect', (reason) => onEnd({ reason, isComingBack: reason !== 'io server disconnect' }))
    socket.on('connect_error', ({ message, data }: Error & { readonly data?: CodedError }) => {
      // A refusal by the server, unlike a failure of the network, leaves the socket inactive; ours tell why.
      onEnd({ reason: message, isComingBack: data?.temporary ?? socket.active, ending: data })
    })
  }
}
