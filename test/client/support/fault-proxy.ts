import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

interface Pair {
  readonly client: Socket
  readonly target: Socket
}

/** A network between a client and a server that fails in the ways networks do. */
export class FaultProxy {
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #isAway = false
  /** Where the server is; it may move. */
  target: { readonly host: string; readonly port: number }

  private constructor(server: Server, target: FaultProxy['target']) {
    this.#server = server
    this.target = target
    server.on('connection', (client) => this.#welcome(client))
  }

  static async before(target: FaultProxy['target']): Promise<FaultProxy> {
    const server = createServer()
    const proxy = new FaultProxy(server, target)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      proxy.cut()
      server.close()
    })
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get connectionCount(): number {
    return this.#pairs.size
  }

  /** Resets every connection. */
  cut(): void {
    for (const { client } of this.#pairs) client.resetAndDestroy()
  }

  /** Resets every connection, and takes in none until `isAway` is false again. */
  set isAway(isAway: boolean) {
    this.#isAway = isAway
    if (isAway) this.cut()
  }

  /** Holds back everything on every connection, until `flow`. */
  stall(): void {
    for (const { client, target } of this.#pairs) {
      client.pause()
      target.pause()
    }
  }

  flow(): void {
    for (const { client, target } of this.#pairs) {
      client.resume()
      target.resume()
    }
  }

  /** Leaves every connection open, with nobody at the other end; new ones are as they should be. */
  breakSilently(): void {
    for (const { client, target } of this.#pairs) {
      client.unpipe()
      target.unpipe()
      client.on('data', () => undefined)
      target.destroy()
    }
  }

  #welcome(client: Socket): void {
    if (this.#isAway) {
      client.resetAndDestroy()
      return
    }
    const target = connect(this.target.port, this.target.host)
    const pair = { client, target }
    this.#pairs.add(pair)
    client.setNoDelay(true)
    target.setNoDelay(true)
    // Without `end`: a client whose server has vanished is not told of it.
    client.pipe(target, { end: false })
    target.pipe(client, { end: false })
    client.on('error', () => target.destroy())
    client.on('close', () => {
      this.#pairs.delete(pair)
      target.destroy()
    })
    target.on('error', () => client.resetAndDestroy())
    target.on('end', () => client.end())
  }
}
