import type { ChannelDeclaration, FeedMessage } from '../../src/protocol/feed-message.ts'
import type { ProducerDefinition, PullProducer, PushProducer } from '../../src/protocol/producer-definition.ts'
import type { ModuleSpec } from '../../src/protocol/producer-spec.ts'
import type { Feed, FeedContext } from './feed.ts'
import { ProducedReader } from './module/produced-message.ts'
import { declaredChannels, loadProducer } from './module/producer-file.ts'
import { PUSH_QUEUE_LIMIT, PushQueue } from './module/push-queue.ts'

type Batches = AsyncGenerator<readonly FeedMessage[], void, undefined>

/**
 * Makes a feed of the user's own producer file, see `src/protocol/producer-definition.ts`.
 *
 * Whatever the file throws, and every malformed message, ends `messages` with that error: the supervisor tells it and
 * starts the producer anew.
 */
export function createModuleFeed(spec: ModuleSpec, context: FeedContext): Feed {
  return new ProducerFile(spec.file, context)
}

class ProducerFile implements Feed {
  readonly #file: string
  readonly #context: FeedContext
  readonly #closing = new AbortController()
  readonly #signal: AbortSignal
  readonly #reader = new ProducedReader()
  #definition: ProducerDefinition | undefined

  constructor(file: string, context: FeedContext) {
    this.#file = file
    this.#context = context
    this.#signal = AbortSignal.any([context.signal, this.#closing.signal])
  }

  /** As the file says; known once it is open. */
  get canPause(): boolean {
    return this.#definition?.canPause ?? false
  }

  async open(): Promise<readonly ChannelDeclaration[]> {
    this.#definition = await loadProducer(this.#file)
    return declaredChannels(this.#file, this.#definition)
  }

  async *messages(): Batches {
    const definition = this.#definition
    if (definition === undefined) throw new Error(`Producer ${this.#file} must be opened before its messages are read`)
    const batches = definition.start === undefined ? this.#pulled(definition) : this.#pushed(definition)
    for await (const batch of batches) {
      if (this.#signal.aborted) return
      yield batch
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
  }

  async *#pulled(definition: PullProducer): Batches {
    const produced = definition.messages({ signal: this.#signal, log: (level, text) => this.#context.log(level, text) })
    const iterator = produced[Symbol.asyncIterator]()
    // One listener for all that is awaited.
    let stop: () => void = () => undefined
    const onAbort = () => stop()
    this.#signal.addEventListener('abort', onAbort, { once: true })
    /** The generator's next result; `undefined` when the producer is stopped, whatever the generator waits for. */
    const next = () =>
      new Promise<IteratorResult<unknown, unknown> | undefined>((resolve, reject) => {
        stop = () => resolve(undefined)
        if (this.#signal.aborted) return stop()
        iterator.next().then(resolve, reject)
      })
    try {
      for (;;) {
        const result = await next()
        if (result === undefined || result.done === true) return
        const value: unknown = result.value
        const nowMs = Date.now()
        // Also when it is empty: whoever takes it sees to it that a generator which never waits leaves time for others.
        yield Array.isArray(value) ? value.map((one: unknown) => this.#read(one, nowMs)) : [this.#read(value, nowMs)]
      }
    } finally {
      this.#signal.removeEventListener('abort', onAbort)
      this.#closing.abort()
      // Not awaited: a generator that waits for something of its own would hold up the stop.
      iterator.return?.().catch((error: unknown) => this.#warn(`while ending: ${error}`))
    }
  }

  async *#pushed(definition: PushProducer): Batches {
    const queue = new PushQueue()
    const publish = (message: unknown): boolean => {
      const isFirst = queue.refusedCount === 0
      const isTaken = queue.offer(this.#read(message, Date.now()))
      if (isFirst && queue.refusedCount > 0) {
        this.#warn(`publish refuses messages while ${PUSH_QUEUE_LIMIT} wait to be taken`)
      }
      return isTaken
    }
    const close = (): void => queue.close()
    this.#signal.addEventListener('abort', close, { once: true })
    const log: FeedContext['log'] = (level, text) => this.#context.log(level, text)
    let stop: unknown
    const started = Promise.resolve(definition.start({ signal: this.#signal, log, publish })).then(
      (returned) => {
        stop = returned
      },
      (error: unknown) => queue.fail(error)
    )
    try {
      if (this.#signal.aborted) queue.close()
      yield* queue.batches()
    } finally {
      this.#closing.abort()
      started
        .then(() => (typeof stop === 'function' ? stop() : undefined))
        .catch((error: unknown) => this.#warn(`while ending: ${error}`))
    }
  }

  #warn(text: string): void {
    this.#context.log('warn', `${this.#file}: ${text}`)
  }

  #read(message: unknown, nowMs: number): FeedMessage {
    try {
      return this.#reader.read(message, nowMs)
    } catch (cause) {
      throw new Error(`Producer ${this.#file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    }
  }
}
