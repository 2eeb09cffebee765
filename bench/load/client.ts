/** What is the cheapest client that both doors, stock Socket.IO and `ws` take for one of theirs? */
import { connect, type Socket } from 'node:net'
import { FrameReader, OPCODES } from './frame-reader.ts'

const NAMESPACE = '/ws/rt_market'
/** Engine.IO message, Socket.IO event, namespace. */
const EVENT_START = `42${NAMESPACE},`.length
const ACK_START = `43${NAMESPACE},`
const END_OF_HEAD = '\r\n\r\n'

export type Door = 'socket.io' | 'websocket'

export interface ClientEvents {
  /** An event: its name, and its bytes as JSON array; they are only valid during the call. */
  onEvent(client: number, name: string, json: Buffer): void
  /** The connection ended, or something came that no server should send. */
  onEnd(client: number, reason: string): void
}

export interface ClientOptions {
  readonly index: number
  readonly door: Door
  readonly port: number
  /** Memory for reads, shared by all clients of the process. */
  readonly memory: Buffer
  readonly events: ClientEvents
}

/** One client: raw socket, no object per message. */
export class Client {
  readonly #options: ClientOptions
  readonly #socket: Socket
  readonly #reader: FrameReader
  readonly #answers = new Map<number, (json: string) => void>()
  #head: string | undefined = ''
  #nextId = 0
  #onOpen: () => void = () => undefined
  /** Resolves when the server has let the client in. */
  readonly opened: Promise<void>

  constructor(options: ClientOptions) {
    this.#options = options
    const { door, port, memory, events, index } = options
    this.#reader = new FrameReader(memory, (opcode, payload) => this.#frame(opcode, payload))
    const buffer = () => this.#reader.target()
    const callback = (count: number, bytes: Uint8Array) => this.#read(count, bytes as Buffer)
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer, callback } })
    const path = door === 'socket.io' ? '/socket.io/?EIO=4&transport=websocket' : NAMESPACE
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGlja2Nhc3QtYmVuY2ghIQ==\r\n\r\n'
    )
    this.opened = new Promise((resolve, reject) => {
      this.#onOpen = resolve
      const end = (reason: string) => {
        const hint = reason.includes('EMFILE') ? '. Allow more open files: ulimit -n 65536' : ''
        reject(new Error(`client ${index} was not let in: ${reason}${hint}`))
        events.onEnd(index, reason)
      }
      this.#socket.on('error', (error) => end(error.message))
      this.#socket.on('close', () => end('the connection was closed'))
    })
  }

  /** Makes a request, and gives its answer as JSON. */
  request(name: string, payload: unknown): Promise<string> {
    const id = this.#nextId++
    const request = [name, payload]
    const text =
      this.#options.door === 'socket.io'
        ? `42${NAMESPACE},${id}${JSON.stringify(request)}`
        : JSON.stringify([...request, id])
    this.#send(OPCODES.text, Buffer.from(text))
    return new Promise((resolve) => this.#answers.set(id, resolve))
  }

  /** Stops reading, as a client does whose network or program is stuck. */
  stall(): void {
    this.#socket.pause()
  }

  release(): void {
    this.#socket.resume()
  }

  #read(count: number, bytes: Buffer): boolean {
    if (this.#head === undefined) {
      this.#reader.read(count)
      return true
    }
    const before = this.#head.length
    this.#head += bytes.toString('latin1', 0, count)
    const end = this.#head.indexOf(END_OF_HEAD)
    if (end < 0) return true
    const status = this.#head.slice(0, this.#head.indexOf('\r\n'))
    this.#head = undefined
    if (!status.includes(' 101 ')) {
      this.#socket.destroy(new Error(`expected HTTP status 101; found ${status}`))
      return true
    }
    if (this.#options.door === 'websocket') this.#onOpen()
    this.#reader.take(bytes, end + END_OF_HEAD.length - before, count)
    return true
  }

  #frame(opcode: number, payload: Buffer): void {
    if (opcode === OPCODES.text) {
      if (this.#options.door === 'socket.io') this.#packet(payload)
      else this.#event(payload)
    } else if (opcode === OPCODES.ping) this.#send(OPCODES.pong, payload)
    else if (opcode === OPCODES.close) {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1_005
      this.#socket.destroy(new Error(`closed with ${code} ${payload.toString('utf8', 2)}`))
    }
  }

  /** A packet of Engine.IO; its type is its first character, and that of Socket.IO its second one. */
  #packet(payload: Buffer): void {
    const [engineType, socketType] = [String.fromCharCode(payload[0] ?? 0), String.fromCharCode(payload[1] ?? 0)]
    if (engineType === '0') this.#send(OPCODES.text, Buffer.from(`40${NAMESPACE},`))
    else if (engineType === '2') this.#send(OPCODES.text, Buffer.from('3'))
    else if (engineType !== '4') return
    else if (socketType === '2') this.#event(payload.subarray(EVENT_START))
    else if (socketType === '0') this.#onOpen()
    else if (socketType === '3') {
      const text = payload.toString('utf8', ACK_START.length)
      const start = text.indexOf('[')
      this.#answer(Number(text.slice(0, start)), text.slice(start))
    } else this.#socket.destroy(new Error(`refused: ${payload}`))
  }

  #event(json: Buffer): void {
    const name = json.toString('latin1', 2, json.indexOf('"', 2))
    if (name !== 'ack') {
      this.#options.events.onEvent(this.#options.index, name, json)
      return
    }
    const [, id] = JSON.parse(json.toString()) as [string, number]
    this.#answer(id, json.toString())
  }

  #answer(id: number, json: string): void {
    this.#answers.get(id)?.(json)
    this.#answers.delete(id)
  }

  /** A client has to mask what it sends; a mask of zeros changes nothing. */
  #send(opcode: number, payload: Buffer): void {
    const { length } = payload
    const head = length < 126 ? [0x80 | length] : length < 65_536 ? [0xfe, length >> 8, length & 0xff] : undefined
    if (head === undefined) throw new Error(`expected requests below 64 KiB; found ${length} bytes`)
    this.#socket.write(Buffer.concat([Buffer.from([0x80 | opcode, ...head, 0, 0, 0, 0]), payload]))
  }
}
