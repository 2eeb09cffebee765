import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'

/** What a finished command left behind. */
export interface CliResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname

/** A `tickcast` process of its own, without a terminal. */
export class CliRun {
  readonly result: Promise<CliResult>
  readonly #process: ChildProcessWithoutNullStreams
  #stdout = ''
  #stderr = ''

  constructor(...args: readonly string[]) {
    this.#process = spawn(process.execPath, [MAIN, ...args], {
      // What a test leaves in the folder of the project another one would find.
      env: { PATH: process.env.PATH, TICKCAST_HISTORY_FILE: ':memory:' }
    })
    this.#process.stdout.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString()
    })
    this.#process.stderr.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString()
    })
    this.result = new Promise((resolve) =>
      this.#process.on('close', (exitCode) => resolve({ exitCode, stdout: this.#stdout, stderr: this.#stderr }))
    )
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  /** Goes away as the reader of its output, as `| head` does. */
  stopReading(): void {
    this.#process.stdout.destroy()
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }
}
