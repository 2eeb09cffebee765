/** A WebSocket frame as RFC 6455, section 5.2, has it on the wire; unmasked, as servers send. */
export interface WireFrame {
  readonly firstByte: number
  readonly headerLength: number
  readonly payload: Buffer
}

/** Takes the first frame apart, slowly and by the letter. */
function readFrame(bytes: Buffer): WireFrame {
  const firstByte = bytes.readUInt8(0)
  const short = bytes.readUInt8(1)
  if (short > 127) throw new Error('a server does not mask')
  const headerLength = short < 126 ? 2 : short === 126 ? 4 : 10
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  const payload = bytes.subarray(headerLength, headerLength + length)
  if (payload.length !== length) throw new Error(`header says ${length}, payload has ${payload.length} bytes`)
  return { firstByte, headerLength, payload }
}

/** The JSON in a frame of the native door. */
export function jsonIn(bytes: Buffer): unknown {
  const [only, ...others] = framesIn(bytes)
  if (others.length > 0) throw new Error(`expected one frame; found ${others.length + 1}`)
  return only
}

/** The JSON in each of the frames that lie one after the other, of either door. */
export function framesIn(bytes: Buffer): unknown[] {
  const found: unknown[] = []
  for (let rest = bytes; rest.length > 0; ) {
    const { headerLength, payload } = readFrame(rest)
    found.push(JSON.parse(payload.toString().replace(/^42\/ws\/rt_market,/, '')))
    rest = rest.subarray(headerLength + payload.length)
  }
  return found
}
