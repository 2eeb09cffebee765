import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Frame } from '../../src/gateway/frame.ts'
import { Wire } from '../../src/gateway/wire.ts'

/** More than the operating system takes of a connection that nobody reads from. */
const CHUNK = Buffer.alloc(512 * 1024)
const WAIT = { timeout: 10_000 }

let server: Server
let near: Socket
let far: Socket

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  far = connect((server.address() as { port: number }).port, '127.0.0.1')
  ;[near] = (await once(server, 'connection')) as [Socket]
  far.on('error', () => undefined)
  near.on('error', () => undefined)
})
afterEach(() => {
  near.destroy()
  far.destroy()
  server.close()
})

function readAll(): () => Buffer {
  const chunks: Buffer[] = []
  far.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks)
}

/** Writes until something has to wait; gives what was written. */
function fill(wire: Wire): Buffer {
  far.pause()
  const written: Buffer[] = []
  for (let n = 0; ; n++) {
    const bytes = Buffer.from(CHUNK).fill(n)
    written.push(bytes)
    if (wire.push(bytes) === 'held') return Buffer.concat(written)
  }
}

describe('A wire', () => {
  it('has its bytes taken at once by a client that reads, past the stream', async () => {
    const write = vi.spyOn(near, 'write')
    const wire = new Wire(near)
    const received = readAll()
    for (let n = 0; n < 100; n++) {
      expect(wire.backlogBytes).toBe(0)
      expect(wire.push(Buffer.from(`${n} `))).toBe('taken')
    }
    await vi.waitFor(
      () => expect(received().toString()).toBe(Array.from({ length: 100 }, (_, n) => `${n} `).join('')),
      WAIT
    )
    expect(wire.backlogBytes).toBe(0)
    expect(write).not.toHaveBeenCalled()
  })

  it('counts what waits, keeps the order with whatever else is written, and is free again once all was read', async () => {
    const wire = new Wire(near)
    const written = fill(wire)
    expect(wire.backlogBytes).toBeGreaterThan(0)
    expect(wire.backlogBytes).toBeLessThanOrEqual(CHUNK.length)
    const before = wire.backlogBytes
    wire.push(Buffer.from('second'))
    near.write('third')
    wire.push(Buffer.from('fourth'))
    expect(wire.backlogBytes).toBe(before + 'secondthirdfourth'.length)
    const received = readAll()
    far.resume()
    await vi.waitFor(() => expect(wire.backlogBytes).toBe(0), WAIT)
    expect(wire.push(Buffer.from('fifth'))).toBe('taken')
    const all = Buffer.concat([written, Buffer.from('secondthirdfourthfifth')])
    await vi.waitFor(() => expect(received().length).toBe(all.length), WAIT)
    expect(received().equals(all)).toBe(true)
  })

  it('is free again also when much was handed over behind bytes that waited', async () => {
    const wire = new Wire(near)
    const written = fill(wire)
    // More than is taken in one go once the first of it is: the rest waits in the same queue below.
    const more = Array.from({ length: 4 }, (_, n) => Buffer.alloc(16 * CHUNK.length, n))
    for (const bytes of more) expect(wire.push(bytes)).toBe('held')
    const takenBefore = wire.takenBytes
    expect(takenBefore).toBeGreaterThan(0)
    expect(takenBefore).toBeLessThan(written.length)
    const received = readAll()
    far.resume()
    const all = Buffer.concat([written, ...more])
    await vi.waitFor(() => expect(received().length).toBe(all.length), WAIT)
    expect(wire.takenBytes).toBe(all.length)
    expect(received().equals(all)).toBe(true)
    await vi.waitFor(() => expect(wire.backlogBytes).toBe(0), WAIT)
    expect(wire.push(Buffer.from('last'))).toBe('taken')
  })

  it('sends a frame from where it lies, and as a copy of its own behind what waits', async () => {
    const wire = new Wire(near)
    const memory = Frame.allocate(Frame.LENT_EXTRA).memory
    const frameOf = (text: string) => {
      const json = JSON.stringify([text])
      memory.write(json, Frame.JSON_START)
      return new Frame({ memory, start: 0, isLent: true }, json.length, 1)
    }
    const beat = Frame.ofEvent('beat')
    expect(wire.send(frameOf('one'), beat, 'websocket')).toBe('taken')
    const written = fill(wire)
    expect(wire.send(frameOf('two'), beat, 'websocket')).toBe('copied')
    memory.fill(0)
    const received = readAll()
    far.resume()
    const [one, two] = ['["one"]', '["two"]'].map((json) => `\x81\x07${json}\x81\x08["beat"]`)
    const all = Buffer.concat([Buffer.from(one ?? '', 'latin1'), written, Buffer.from(two ?? '', 'latin1')])
    await vi.waitFor(() => expect(received().length).toBe(all.length), WAIT)
    expect(received().equals(all)).toBe(true)
  })

  it('sends what waits before the end of a connection that closes in order', async () => {
    const wire = new Wire(near)
    const written = fill(wire)
    near.end('last')
    const received = readAll()
    far.resume()
    await once(far, 'end')
    expect(received().equals(Buffer.concat([written, Buffer.from('last')]))).toBe(true)
  })

  it('ends the connection when the other side is gone, and takes further bytes without a fuss', async () => {
    const wire = new Wire(near)
    const error = once(near, 'error')
    far.resetAndDestroy()
    const deadline = performance.now() + WAIT.timeout
    while (!near.destroyed && performance.now() < deadline) {
      wire.push(CHUNK)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(near.destroyed).toBe(true)
    await error
    for (let n = 0; n < 3; n++) expect(wire.push(CHUNK)).toBe('taken')
  })

  it('forgets what waits when the connection is destroyed', async () => {
    const wire = new Wire(near)
    fill(wire)
    wire.destroy()
    await once(near, 'close')
    expect(wire.backlogBytes).toBe(0)
  })

  it('writes to a stream of another kind as to any stream', async () => {
    const stream = new PassThrough()
    const wire = new Wire(stream as unknown as Socket)
    wire.push(Buffer.from('one'))
    wire.push(Buffer.from('two'))
    expect(stream.read().toString() + (stream.read() ?? '').toString()).toBe('onetwo')
  })

  it('brings every byte in order, whoever writes and whenever it is read', async () => {
    const step = fc.record({ way: fc.constantFrom('wire', 'stream', 'read', 'wait'), size: fc.nat({ max: 300_000 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const wire = new Wire(near)
        far.removeAllListeners('data')
        const received = readAll()
        far.pause()
        const written: Buffer[] = []
        for (const [n, { way, size }] of steps.entries()) {
          const bytes = Buffer.alloc(size + 1, n)
          if (way === 'read') far.resume()
          else if (way === 'wait') await new Promise((resolve) => setImmediate(resolve))
          else {
            written.push(bytes)
            if (way === 'wire') wire.push(bytes)
            else near.write(bytes)
          }
        }
        far.resume()
        const all = Buffer.concat(written)
        await vi.waitFor(() => expect(received().length).toBe(all.length), WAIT)
        expect(received().equals(all)).toBe(true)
        await vi.waitFor(() => expect(wire.backlogBytes).toBe(0), WAIT)
      }),
      { numRuns: 25 }
    )
  })
})
