import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { RecordedEvent, RecordedUpdates, RecordingHeader } from '../protocol/recording.ts'
import { formatRecordingLine } from '../protocol/recording.ts'
import { CliError } from './cli-error.ts'

/** Lines that may wait for the disk, bytes; beyond it the recording ends instead of filling the memory. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024

/** A recording being written, compressed when its name ends in `.gz`. */
export class RecordingFile {
  readonly path: string
  readonly #input: Writable
  readonly #file: Writable & { readonly bytesWritten: number }
  readonly #done: Promise<void>
  #failure: CliError | undefined

  private constructor(path: string, handle: FileHandle) {
    this.path = path
    this.#file = handle.createWriteStream()
    const gzip = path.endsWith('.gz') ? createGzip() : undefined
    this.#input = gzip ?? this.#file
    const written = gzip === undefined ? finished(this.#file) : pipeline(gzip, this.#file)
    this.#done = written.catch((error: unknown) => this.#fail(`expected to write ${path}, found: ${messageOf(error)}`))
  }

  /** @throws CliError when the file cannot be made, or exists and `isForced` is false. */
  static async create(path: string, isForced: boolean): Promise<RecordingFile> {
    try {
      return new RecordingFile(path, await open(path, isForced ? 'w' : 'wx'))
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EEXIST'
      const found = isTaken ? 'it exists; take another name, or --force to overwrite it' : messageOf(error)
      throw new CliError(`expected to make ${path}, found: ${found}`, { cause: error })
    }
  }

  /** Bytes on disk or on their way to it; compressed ones lag behind what was received. */
  get bytesWritten(): number {
    return this.#file.bytesWritten + this.#file.writableLength
  }

  /** Hands on a line; `false` when the file can take no more, and `close` will tell why. */
  write(line: RecordingHeader | RecordedUpdates | RecordedEvent): boolean {
    if (this.#failure !== undefined) return false
    if (this.#input.writableLength > MAX_WAITING_BYTES) {
      const waiting = `${MAX_WAITING_BYTES / 1024 / 1024} MiB wait to be written to ${this.path}`
      this.#fail(`the disk is slower than the stream: ${waiting}; record fewer channels or to a faster disk`)
      return false
    }
    this.#input.write(formatRecordingLine(line))
    return true
  }

  /**
   * Writes out everything that was handed on, and ends the file properly.
   *
   * @throws CliError when some of it could not be written.
   */
  async close(): Promise<void> {
    this.#input.end()
    await this.#done
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Ends the file and removes it, unless it is something like `/dev/null`. */
  async discard(): Promise<void> {
    this.#input.end()
    await this.#done
    if ((await stat(this.path)).isFile()) await rm(this.path)
  }

  #fail(message: string): void {
    this.#failure ??= new CliError(message)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
