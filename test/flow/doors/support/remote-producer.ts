import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { ChannelDeclaration } from '../../../../src/protocol/feed-message.ts'
import type { ProducerMessage } from '../../../../src/protocol/producer-definition.ts'

/** Messages in one go: a thread's outbox is asked to take no more at once. */
const CHUNK = 500

/**
 * A producer that publishes what the test tells it to, in its own thread, in order and without loss; made in `describe`,
 * since its file lives as long as the tests of it.
 */
export class RemoteProducer {
  readonly name: string
  readonly feed: string
  readonly #port: InstanceType<typeof BroadcastChannel>
  readonly #lives: (() => void)[] = []
  #begun = 0

  constructor(name: string, channels: readonly (string | ChannelDeclaration)[]) {
    const folder = mkdtempSync(join(tmpdir(), 'tickcast-'))
    const file = join(folder, `${name}.mjs`)
    writeFileSync(file, sourceOf(folder, channels))
    this.name = name
    this.feed = `module:${file}`
    this.#port = new BroadcastChannel(folder)
    this.#port.onmessage = () => {
      this.#begun += 1
      for (const resolve of this.#lives.splice(0)) resolve()
    }
    afterAll(() => {
      this.#port.close()
      rmSync(folder, { recursive: true })
    })
  }

  /** Resolves when the `life`th life of the producer takes messages. */
  async ready(life = 1): Promise<void> {
    while (this.#begun < life) await new Promise<void>((resolve) => this.#lives.push(resolve))
  }

  publish(...messages: readonly ProducerMessage[]): void {
    for (let from = 0; from < messages.length; from += CHUNK) this.#port.postMessage(messages.slice(from, from + CHUNK))
  }

  /** Ends this life of the producer with an error; it is started anew after a while. */
  die(): void {
    this.#port.postMessage('die')
  }
}

/** Published messages wait in the thread, in order, until it has credit for them. */
function sourceOf(name: string, channels: readonly (string | ChannelDeclaration)[]): string {
  return `
    export default {
      canPause: true,
      channels: ${JSON.stringify(channels)},
      async *messages({ signal }) {
        const port = new BroadcastChannel(${JSON.stringify(name)})
        const waiting = []
        let wake = () => undefined
        port.onmessage = ({ data }) => { waiting.push(data); wake() }
        signal.addEventListener('abort', () => port.close(), { once: true })
        port.postMessage('ready')
        for (;;) {
          if (waiting.length === 0) await new Promise((resolve) => { wake = resolve })
          const next = waiting.shift()
          if (next === 'die') { port.close(); throw new Error('told to die') }
          yield next
        }
      }
    }`
}

export const quote = (n: number) => ({ bid: String(n), bidSize: '1', ask: String(n + 1), askSize: '1' })
export const trade = (n: number) => ({ id: String(n), price: String(n), size: '1', side: 'buy' })
