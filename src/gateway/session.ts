import type { Catalog } from '../broadcast/catalog.ts'
import { isPattern } from '../protocol/channel.ts'
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
  /** The newest of those requests that wait, as long as there are any. */
  #last: Promise<void> | undefined

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
    const tooFast = this.#refusal(1)
    if (tooFast !== undefined) return answer({ error: tooFast })
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
        return this.#list(answer)
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
    const tooFast = this.#refusal(patternsIn(wishes.map(({ channel }) => channel)) - 1)
    if (tooFast !== undefined) {
      answer({ error: tooFast })
      return
    }
    const { catalog, subscriptions } = this.#options
    const isUnknown = wishes.some(({ channel }) => catalog.find(channel) === undefined)
    await this.#inTurn(isUnknown, () => {
      subscriptions.add(this.#subscriber, wishes, (channels) => answer({ channels }))
    })
  }

  /**
   * Does what was asked for behind all that was asked for before.
   *
   * @param waits whether it may name channels of producers that are about to begin.
   */
  #inTurn(waits: boolean, run: () => void): Promise<void> | undefined {
    const { catalogSettled } = this.#options
    if (this.#last === undefined && !waits) {
      run()
      return undefined
    }
    const last = (this.#last ?? catalogSettled()).then(() => {
      if (this.#last === last) this.#last = undefined
      run()
    })
    this.#last = last
    return last
  }

  async #unsubscribe(names: readonly string[] | CodedError, answer: (value: Answer) => void): Promise<void> {
    const tooFast = isRefusal(names) ? undefined : this.#refusal(patternsIn(names) - 1)
    if (isRefusal(names)) answer({ error: names })
    else if (tooFast !== undefined) answer({ error: tooFast })
    else {
      await this.#inTurn(false, () => {
        this.#options.subscriptions.remove(this.#subscriber, names, (channels) => answer({ channels }))
      })
    }
  }

  /** Why a client that asks so much now is refused. @param cost in requests. */
  #refusal(cost: number): CodedError | undefined {
    const { now, maxRequestsPerSecond } = this.#options
    if (cost <= 0 || this.#limiter.offer(now(), cost)) return undefined
    const detail = `expected at most ${maxRequestsPerSecond} requests a second, a pattern counts as one; wait, then ask again`
    return codedError('rateLimited', detail)
  }

  async #list(answer: (value: Answer) => void): Promise<void> {
    await this.#inTurn(false, () => {
      this.#options.subscriptions.list(this.#subscriber, (channels, patterns) => answer({ channels, patterns }))
    })
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

/** Each is compared with every channel, as much work as a request of another kind. */
function patternsIn(names: readonly string[]): number {
  return names.filter(isPattern).length
}
