/** How does the bench start the processes it measures, ask them, and make sure that none is left behind? */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Handlers, Reply } from './answering.ts'

/** Longest wait for an answer, ms: connecting 10,000 clients to a busy server takes a while. */
const ANSWER_MS = 180_000
/** Time a process has to end by itself, ms: a profile is written at the end. */
const END_MS = 5_000

export interface ChildOptions {
  /** Of the process, for error messages. */
  readonly name: string
  /** URL of its main file. */
  readonly file: string
  readonly nodeFlags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Cores it may run on, as `taskset` writes them, e.g. `0-3`; any when absent. */
  readonly cores?: string
}

interface Waiting {
  readonly resolve: (result: never) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** A process of the bench that answers questions. */
export class Child<Api extends Handlers> {
  readonly #name: string
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  readonly #ended: Promise<void>
  #nextId = 0
  #errorText = ''

  constructor({ name, file, nodeFlags = [], env = {}, cores }: ChildOptions) {
    this.#name = name
    const command = [process.execPath, ...nodeFlags, fileURLToPath(file)]
    const [program = '', ...args] = cores === undefined ? command : ['taskset', '-c', cores, ...command]
    this.#process = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced'
    })
    this.#process.on('message', (reply: Reply) => this.#settle(reply))
    this.#process.on('error', (error) => this.#fail(error.message))
    // Kept to be shown when the process dies; its end says why.
    this.#process.stderr?.on('data', (text: Buffer) => {
      this.#errorText = `${this.#errorText}${text}`.slice(-4_000)
    })
    this.#ended = new Promise((resolve) => {
      this.#process.on('exit', (code, signal) => {
        this.#fail(`ended with ${signal ?? `code ${code}`}`)
        resolve()
      })
    })
  }

  /** Asks, and waits for the answer. */
  ask<Name extends keyof Api & string>(
    name: Name,
    ...[parameter]: Parameters<Api[Name]>
  ): Promise<Awaited<ReturnType<Api[Name]>>> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      if (!this.#process.connected) return reject(this.#error(`cannot be asked for ${name}: it has ended`))
      const late = () => this.#settle({ id, error: `gave no answer to ${name} within ${ANSWER_MS / 1_000} s` })
      this.#waiting.set(id, { resolve, reject, timer: setTimeout(late, ANSWER_MS) })
      this.#process.send({ id, name, parameter })
    })
  }

  /** Ends the process, at once when it does not end by itself. */
  async end(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect()
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), END_MS)
    await this.#ended
    clearTimeout(timer)
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    if (waiting === undefined) return
    this.#waiting.delete(reply.id)
    clearTimeout(waiting.timer)
    if ('error' in reply) waiting.reject(this.#error(reply.error))
    else waiting.resolve(reply.result as never)
  }

  #fail(reason: string): void {
    for (const id of [...this.#waiting.keys()]) this.#settle({ id, error: reason })
  }

  #error(reason: string): Error {
    const wrote = this.#errorText.trim()
    return new Error(`${this.#name}: ${reason}${wrote === '' ? '' : `\n${wrote}`}`)
  }
}
