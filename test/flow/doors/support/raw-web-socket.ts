import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { App } from '../../../../src/app.ts'
import { until } from '../../support/test-app.ts'
import { PATH } from './doors.ts'

/** Names of what frames carry (RFC 6455, section 5.2). */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export interface FrameForm {
  /** Last of its message; default true. */
  readonly isFinal?: boolean
  /** Reserved bits, as they lie in the first byte. */
  readonly reserved?: number
  /** Default true, as clients have to. */
  readonly isMasked?: boolean
  /** Length to claim instead of the true one. */
  readonly claim?: bigint
}

export interface ReceivedFrame {
  readonly opcode: number
  readonly payload: Buffer
}

const MASK = Buffer.from([0x12, 0x34, 0x56, 0x78])

/** Makes a frame by hand, right or wrong. */
export function frameOf(opcode: number, payload: Buffer | string, form: FrameForm = {}): Buffer {
  const { isFinal = true, reserved = 0, isMasked = true, claim } = form
  const body = Buffer.from(payload)
  const length = claim ?? BigInt(body.length)
  const short = length < 126n ? Number(length) : length < 65_536n ? 126 : 127
  const extended = Buffer.alloc(short < 126 ? 0 : short === 126 ? 2 : 8)
  if (short === 126) extended.writeUInt16BE(Number(length))
  if (short === 127) extended.writeBigUInt64BE(length)
  const head = Buffer.from([(isFinal ? 0x80 : 0) | reserved | opcode, (isMasked ? 0x80 : 0) | short])
  if (!isMasked) return Buffer.concat([head, extended, body])
  for (let at = 0; at < body.length; at++) body[at] = (body[at] ?? 0) ^ (MASK[at % 4] ?? 0)
  return Buffer.concat([head, extended, MASK, body])
}

export interface RawOptions {
  readonly path?: string
  /** Header lines instead of the ones a client sends, by name; empty to leave one out. */
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
}

/** A WebSocket client by hand: it sends whatever it is told to, and reads frames only as it is told to. */
export class RawWebSocket {
  readonly socket: Socket
  readonly frames: ReceivedFrame[] = []
  /** The answer to the handshake, up to the empty line. */
  head = ''
  /** The server has closed its half, or the whole connection. */
  isEnded = false
  #unread = Buffer.alloc(0)

  constructor({ address }: Pick<App, 'address'>, { path = PATH, headers = {}, method = 'GET' }: RawOptions = {}) {
    this.socket = connect({ host: address.host, port: address.port, allowHalfOpen: true })
    onTestFinished(() => {
      this.socket.destroy()
    })
    this.socket.on('data', (chunk) => this.#receive(chunk))
    for (const event of ['end', 'close', 'error']) {
      this.socket.on(event, () => {
        this.isEnded = true
      })
    }
    const lines = {
      Host: `${address.host}:${address.port}`,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers
    }
    const given = Object.entries(lines).filter(([, value]) => value !== '')
    this.socket.write(
      `${method} ${path} HTTP/1.1\r\n${given.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
    )
  }

  /** The status of the answer to the handshake. */
  async status(): Promise<number> {
    await until(() => this.head !== '' || this.isEnded, 'an answer to the handshake')
    return Number(this.head.split(' ')[1] ?? 0)
  }

  /** Opened and greeted. */
  async opened(): Promise<this> {
    const status = await this.status()
    if (status !== 101) throw new Error(`the handshake was answered with ${this.head}`)
    await until(() => this.frames.length > 0, 'hello')
    return this
  }

  send(opcode: number, payload: Buffer | string = '', form?: FrameForm): void {
    this.socket.write(frameOf(opcode, payload, form))
  }

  sendJson(message: unknown): void {
    this.send(OPCODE.text, JSON.stringify(message))
  }

  /** The JSON messages so far, of this name. */
  messages(name: string): readonly (readonly [string, ...unknown[]])[] {
    const texts = this.frames.filter(({ opcode }) => opcode === OPCODE.text)
    const all = texts.map(({ payload }) => JSON.parse(payload.toString()) as [string, ...unknown[]])
    return all.filter(([found]) => found === name)
  }

  async message(name: string): Promise<readonly [string, ...unknown[]]> {
    await until(() => this.messages(name).length > 0 || this.isEnded, name)
    const [first] = this.messages(name)
    if (first === undefined) throw new Error(`no ${name} before the end`)
    return first
  }

  /** The code the server closed with, 1005 when it gave none; the closing is answered and the connection has ended. */
  async closeCode(): Promise<number> {
    const closing = () => this.frames.find(({ opcode }) => opcode === OPCODE.close)
    await until(() => closing() !== undefined || this.isEnded, 'a closing')
    const payload = closing()?.payload
    if (payload === undefined) throw new Error('the server ended the connection without a closing frame')
    if (!this.isEnded) this.send(OPCODE.close, payload)
    await until(() => this.isEnded, 'the end of the connection')
    return payload.length === 0 ? 1005 : payload.readUInt16BE()
  }

  #receive(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk])
    if (this.head === '') {
      const end = this.#unread.indexOf('\r\n\r\n')
      if (end < 0) return
      this.head = this.#unread.toString('latin1', 0, end)
      this.#unread = this.#unread.subarray(end + 4)
    }
    if (!this.head.includes(' 101 ')) return
    while (this.#readFrame());
  }

  #readFrame(): boolean {
    const bytes = this.#unread
    if (bytes.length < 2) return false
    const short = bytes.readUInt8(1)
    const headerLength = short < 126 ? 2 : short === 126 ? 4 : 10
    if (bytes.length < headerLength) return false
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (bytes.length < headerLength + length) return false
    const payload = Buffer.from(bytes.subarray(headerLength, headerLength + length))
    this.frames.push({ opcode: bytes.readUInt8(0) & 0x0f, payload })
    this.#unread = bytes.subarray(headerLength + length)
    return true
  }
}
