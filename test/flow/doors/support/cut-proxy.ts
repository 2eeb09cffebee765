import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { App } from '../../../../src/app.ts'

/** A network between clients and a server that can fail: all connections through it end at once, without a word. */
export class CutProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, address: App['address']) {
    this.#server = server
    server.on('connection', (client) => {
      const target = connect(address.port, address.host)
      client.pipe(target).pipe(client)
      for (const [socket, other] of [[client, target] as const, [target, client] as const]) {
        this.#sockets.add(socket)
        socket.setNoDelay(true)
        socket.on('error', () => other.destroy())
        socket.on('close', () => {
          this.#sockets.delete(socket)
          other.destroy()
        })
      }
    })
  }

  static async before({ address }: Pick<App, 'address'>): Promise<CutProxy> {
    const server = createServer()
    const proxy = new CutProxy(server, address)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 512, resolve))
    onTestFinished(() => {
      proxy.cut()
      server.close()
    })
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resets every connection, or a share of them. */
  cut(share = 1): void {
    const all = [...this.#sockets]
    for (const socket of all.slice(0, Math.ceil(all.length * share))) socket.resetAndDestroy()
  }
}
