import { NAMESPACE } from '../../src/protocol/server-events.ts'
import type { OpenWire, WireAddress, WireEnd } from './wire.ts'

/** What the native door adds to a code of the protocol to make a close code. */
const CLOSE_CODE_OFFSET = 1_000
/** Close codes from here on: stay away. */
const FIRST_FINAL_CODE = 4_500
/** The WebSocket protocol was broken, a text was no UTF-8, a message too large: trying again would not help. */
const OWN_FAULTS: readonly number[] = [1_002, 1_007, 1_009]

/** Opens the native door with the WebSocket that browsers and Node have. */
export const openWebSocket: OpenWire = (address, events) => {
  const socket = new WebSocket(socketUrl(address))
  socket.onopen = () => events.onOpen()
  socket.onmessage = ({ data }) => {
    const [name, ...args] = JSON.parse(data as string) as [string, ...unknown[]]
    if (name === 'ack') events.onAnswer(args[0] as number, args[1])
    else events.onEvent(name, args)
  }
  socket.onclose = ({ code, reason }) => events.onEnd(endOf(code, reason))
  return {
    request: (name, payload, id) => socket.send(JSON.stringify([name, payload, id])),
    close() {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close()
    }
  }
}

function socketUrl({ url, token }: WireAddress): string {
  const query = token === undefined ? '' : `?token=${encodeURIComponent(token)}`
  return url.replace(/^http/, 'ws') + NAMESPACE + query
}

function endOf(closeCode: number, name: string): WireEnd {
  const code = closeCode < 4_000 ? 0 : closeCode - CLOSE_CODE_OFFSET
  const known = code > 0 ? ` (code ${code})` : ` (close code ${closeCode})`
  const isFinal = (closeCode >= FIRST_FINAL_CODE && closeCode < 5_000) || OWN_FAULTS.includes(closeCode)
  return { reason: (name || 'the connection was lost') + known, isComingBack: !isFinal, ending: { code, name } }
}
