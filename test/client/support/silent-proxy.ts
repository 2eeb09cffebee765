import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A proxy that lets HTTP through, and swallows every upgrade to WebSocket without a word. */
export class SilentProxy {
  /** Upgrades that were swallowed. */
  upgrades = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  /** @param port of the server behind it, on this machine. */
  constructor(port: number) {
    this.#server = createServer((client) => {
      this.#keep(client)
      client.once('data', (head) => {
        if (/^upgrade: *websocket/im.test(head.toString('latin1'))) {
          this.upgrades += 1
          client.resume()
          return
        }
        const server = this.#keep(connect(port, '127.0.0.1'))
        server.write(head)
        client.pipe(server).pipe(client)
      })
    })
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    // One side goes when the other has; a reset of it is no fault of the test.
    return socket.on('error', () => socket.destroy()).on('close', () => this.#sockets.delete(socket))
  }
}
