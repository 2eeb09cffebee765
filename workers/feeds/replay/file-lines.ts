import { type FileHandle, open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'

/** Bytes of a line; longer ones are cut near there, which leaves them malformed. The largest depth snapshot has 0.4 M. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024
const PLAIN_CHUNK_BYTES = 128 * 1024
/** Smaller, since recordings unpack to about ten times as much, and all of that is held until it is used. */
const GZIP_CHUNK_BYTES = 16 * 1024
const GZIP_MAGIC = 0x1f8b
const NEWLINE = 0x0a

/** Some lines of a file in a row. */
export interface LineChunk {
  /** Number of the first of them, from 1. */
  readonly firstLine: number
  readonly lines: readonly string[]
  /** Set on the last chunk of a file that could not be read to its end: why. */
  readonly damage?: string
}

/**
 * Reads a text file, plain or gzip by its first bytes, in chunks of whole lines.
 *
 * It is pulled and holds one chunk at a time, so a file of any size costs the same memory. A file that breaks off
 * (truncated gzip, read error) gives all that could be read, then says so in `damage`.
 *
 * @param onRead told of each piece that was read, bytes as they are on disk.
 * @throws Error as `node:fs` gives it when the file cannot be opened.
 */
export async function* readLines(
  path: string,
  onRead: (bytes: number) => void = () => undefined
): AsyncGenerator<LineChunk, void, undefined> {
  const handle = await open(path)
  try {
    const magic = Buffer.alloc(2)
    await handle.read(magic, 0, 2, 0)
    const isGzip = magic.readUInt16BE() === GZIP_MAGIC
    const bytes = bytesOf(handle, isGzip ? GZIP_CHUNK_BYTES : PLAIN_CHUNK_BYTES, onRead)
    yield* splitLines(isGzip ? gunzipped(bytes) : bytes)
  } finally {
    await handle.close()
  }
}

async function* bytesOf(
  handle: FileHandle,
  chunkBytes: number,
  onRead: (bytes: number) => void
): AsyncGenerator<Buffer, void, undefined> {
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes)
    if (bytesRead === 0) return
    onRead(bytesRead)
    yield buffer.subarray(0, bytesRead)
  }
}

/**
 * Unpacks chunk by chunk. A pipeline would read ahead, and would throw away what it holds when the file turns out to
 * be truncated; here every unpacked byte has been handed on before the error is thrown.
 */
async function* gunzipped(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const gunzip = createGunzip()
  let unpacked: Buffer[] = []
  let failure: Error | undefined
  let wake: () => void = () => undefined
  gunzip.on('data', (piece: Buffer) => unpacked.push(piece))
  gunzip.on('error', (error) => {
    failure = error
  })
  // A write that fails is not called back; the stream closes instead.
  gunzip.on('close', () => wake())
  const settled = (act: (done: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve
      act(resolve)
    })
  const take = (): Buffer => {
    const pieces = unpacked
    unpacked = []
    return Buffer.concat(pieces)
  }
  try {
    for await (const chunk of chunks) {
      if (gunzip.destroyed) break
      await settled((done) => gunzip.write(chunk, () => done()))
      yield take()
    }
    if (!gunzip.destroyed) await settled(() => gunzip.end())
    yield take()
    if (failure !== undefined) throw failure
  } finally {
    gunzip.destroy()
  }
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<LineChunk, void, undefined> {
  let firstLine = 1
  let rest: Buffer[] = []
  let restBytes = 0
  const hold = (piece: Buffer): void => {
    if (piece.length === 0) return
    rest.push(piece)
    restBytes += piece.length
  }
  const take = (): string[] => {
    const text = Buffer.concat(rest).toString()
    rest = []
    restBytes = 0
    return text.split('\n')
  }
  let damage: string | undefined
  try {
    for await (const chunk of chunks) {
      const start = restBytes < MAX_LINE_BYTES ? 0 : chunk.indexOf(NEWLINE)
      if (start < 0) continue
      const end = chunk.lastIndexOf(NEWLINE)
      hold(chunk.subarray(start, end < 0 ? chunk.length : end))
      if (end < 0) continue
      const lines = take()
      yield { firstLine, lines }
      firstLine += lines.length
      hold(chunk.subarray(end + 1))
    }
  } catch (error) {
    damage = error instanceof Error ? error.message : String(error)
  }
  const lines = restBytes > 0 ? take() : []
  if (damage !== undefined) yield { firstLine, lines, damage }
  else if (lines.length > 0) yield { firstLine, lines }
}
