import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { Wire } from '../../../src/gateway/wire.ts'
import { expectContract, WAYS } from './support/contract.ts'

// A Node.js and an Engine.IO in which nothing of what they do not document is to be found.
vi.hoisted(() => {
  Reflect.set(process, 'binding', () => {
    throw new Error('no such binding')
  })
})
vi.mock('../../../src/gateway/engine-pings.ts', () => ({ takePings: () => undefined }))

const { pause } = WebSocket.prototype
const SOCKET_IO = WAYS.filter(([way]) => way !== 'native')

let sends: ReturnType<typeof vi.spyOn>
beforeEach(() => {
  sends = vi.spyOn(Wire.prototype, 'send')
})
afterEach(() => {
  WebSocket.prototype.pause = pause
  sends.mockRestore()
})

it('brings clients the same by the stream of a socket, where its handle cannot be written to', {
  timeout: 60_000
}, async () => {
  await expectContract(WAYS)
  expect(sends).toHaveBeenCalled()
})

it('brings clients the same by Engine.IO alone, where the socket below it cannot be found', {
  timeout: 60_000
}, async () => {
  Reflect.set(WebSocket.prototype, 'pause', undefined)
  await expectContract(SOCKET_IO)
  expect(sends).not.toHaveBeenCalled()
})
