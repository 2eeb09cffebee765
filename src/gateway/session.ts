import type { Catalog } from '../broadcast/catalog.ts'
import { type CodedError, type CodeName, codedError } from '../protocol/codes.ts'
import { type Answer, type DetailedWish, REQUESTS, type RequestName } from '../protocol/requests.ts'
import type { Counters } from '../telemetry/counters.ts'
import { Frame } from './frame.ts'
import { isRefusal, readName, readNames, readWishes } from './request-forms.ts'
import { RequestLimiter } from './request-limiter.ts'
import type { Subscriber } from './subscriber.ts'
import type { Subscriptions } from './subscriptions.ts'

export interface SessionOptions {
  readonly catalog: Catalog
  readonly subscriptions: Subscriptions
  readonly counters: Counters
  readonly maxRequestsPerSecond: number
  readonly maxRequestBurst: number
  /** Resolves when every producer has declared its channels, or soon after; a client may come before them. */
  readonly catalogSettled: () => Promise<void>
  /** Monotonic clock, ms. */
  readonly now: () => number
}

/** What a request is answered with; `message` with the one word that its clients know. */
export type Reply = Answer | { readonly result: 'OK' }

/** Says whether a client asks for something that every door answers. */
function isRequest(name: string): name is RequestName {
  return (REQUESTS as readonly string[]).includes(name)
}

/** The requests of one client, the same behind every door. */
export class Session {
  readonly #options: SessionOptions
  readonly #subscriber: Subscriber
  readonly #limiter: RequestLimiter

  constructor(subscriber: Subscriber, options: SessionOptions) {
    this.#options = options
    this.#subscriber = subscriber
    this.#limiter = new RequestLimiter(options.maxRequestsPerSecond, options.maxRequestBurst, options.now())
  }

  /** Answers one request through `reply`, exactly once, before whatever it causes in the stream. */
  async request(name: string, payload: unknown, reply: (reply: Reply) => void): Promise<void> {
    const answer = (value: Reply) => {
      if ('error' in value) this.#options.counters.requestsRefused += 1
      else this.#options.counters.requestsServed += 1
      reply(value)
    }
    const refuse = (code: CodeName, detail: string) => answer({ error: codedError(code, detail) })
    if (!this.#limiter.offer(this.#options.now())) {
      const { maxRequestsPerSecond } = this.#options
      return refuse('rateLimited', `expected at most ${maxRequestsPerSecond} requests a second; wait, then ask again`)
    }
    if (name === 'message') {
      answer({ result: 'OK' })
      this.#subscriber.connection.send(Frame.ofEvent('message_back', { result: 'OK' }))
      return
    }
    if (!isRequest(name)) {
      return refuse('unknownRequest', `expected one of ${REQUESTS.join(', ')}; found ${name.slice(0, 120)}`)
    }
    switch (name) {
      case 'subscribe':
        return this.#subscribe(readWishes(payload), answer)
      case 'unsubscribe':
        return this.#unsubscribe(readNames(payload), answer)
      case 'subscriptions':
        return answer(this.#list())
      case 'snapshot':
        return this.#snapshot(readName(payload), answer)
      default:
        return name satisfies never
    }
  }

  async #subscribe(wishes: readonly DetailedWish[] | CodedError, answer: (value: Answer) => void): Promise<void> {
    if (isRefusal(wishes)) {
      answer({ error: wishes })
      return
    }
    const { catalog, subscriptions, catalogSettled } = this.#options
    if (wishes.some(({ channel }) => catalog.find(channel) === undefined)) await catalogSettled()
    subscriptions.add(this.#subscriber, wishes, (channels) => answer({ channels }))
  }

  #unsubscribe(names: readonly string[] | CodedError, answer: (value: Answer) => void): void {
    if (isRefusal(names)) answer({ error: names })
    else this.#options.subscriptions.remove(this.#subscriber, names, (channels) => answer({ channels }))
  }

  #list(): Answer {
    const channels = Array.from(this.#subscriber.channels(), ({ name }) => name)
    return { channels, patterns: [...this.#subscriber.patterns.keys()] }
  }

  #snapshot(name: string | CodedError, answer: (value: Answer) => void): void {
    const { catalog, subscriptions } = this.#options
    const channel = isRefusal(name) ? undefined : catalog.find(name)
    if (isRefusal(name)) answer({ error: name })
    else if (channel === undefined) {
      answer({ error: codedError('unknownChannel', 'no producer publishes it; see GET /api/v1/channels') })
    } else if (channel.lastSegment === undefined) {
      answer({ error: codedError('noData', 'nothing was published yet; subscribe to get the first message') })
    } else {
      answer({ ok: true, channel: channel.name, epoch: channel.epoch, seq: channel.seq })
      subscriptions.resend(this.#subscriber, channel)
    }
  }
}
