import type { Catalog } from '../broadcast/catalog.ts'
import { isPattern } from '../protocol/channel.ts'
import { type CodedError, codedError } from '../protocol/codes.ts'
import { type Answer, type DetailedWish, REQUESTS, type RequestName } from '../protocol/requests.ts'
import type { Counters } from '../telemetry/counters.ts'
import { Frame } from './frame.ts'
import { isRefusal, readName, readNames, readWishes } from './request-forms.ts'
import { RequestLimiter } from './request-limiter.ts'
import type { Subscriber } from './subscriber.ts'
import type { Subscriptions } from './subscriptions.ts'

/** Names in the requests of one client that wait for their answer: ten of the largest requests. */
const MAX_WAITING_NAMES = 200_000

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
  /** Names in the requests that are not answered yet. */
  #waitingNames = 0
  /** The newest of those requests that wait, as long as there are any. */
  #last: Promise<void> | undefined

  constructor(subscriber: Subscriber, options: SessionOptions) {
    this.#options = options
    this.#subscriber = subscriber
    this.#limiter = new RequestLimiter(options.maxRequestsPerSecond, options.maxRequestBurst, options.now())
  }

  /** Answers one request through `reply`, exactly once, before whatever it causes in the stream. */
  async request(name: string, payload: unknown, reply: (reply: Reply) => void): Promise<void> {
    const { counters, now } = this.#options
    const answer = (value: Reply) => {
      if ('error' in value) counters.requestsRefused += 1
      else counters.requestsServed += 1
      reply(value)
    }
    if (!this.#limiter.offer(now())) return answer({ error: this.#tooFast() })
    if (name === 'message') {
      answer({ result: 'OK' })
      this.#subscriber.connection.send(Frame.ofEvent('message_back', { result: 'OK' }))
      return
    }
    if (!isRequest(name)) {
      const detail = `expected one of ${REQUESTS.join(', ')}; found ${name.slice(0, 120)}`
      return answer({ error: codedError('unknownRequest', detail) })
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

  /** Why a client that names so much now is refused. A pattern counts as a request: it is compared with every channel. */
  #refusal(names: readonly string[]): CodedError | undefined {
    const patterns = names.filter(isPattern).length
    if (patterns > 1 && !this.#limiter.offerMore(this.#options.now(), patterns - 1)) return this.#tooFast()
    if (this.#waitingNames === 0 || this.#waitingNames + names.length <= MAX_WAITING_NAMES) return undefined
    const detail = `expected at most ${MAX_WAITING_NAMES} names that wait for an answer; found ${this.#waitingNames} and more`
    return codedError('rateLimited', `${detail}. Read the answers, then ask again`)
  }

  #tooFast(): CodedError {
    const rate = `${this.#options.maxRequestsPerSecond} requests a second, of which each pattern is one`
    return codedError('rateLimited', `expected at most ${rate}; wait, then ask again`)
  }

  /** Lets a request with these names in. @returns how it is to be answered; `undefined` when it was refused. */
  #admit(names: readonly string[], answer: (value: Answer) => void): typeof answer | undefined {
    const tooMuch = this.#refusal(names)
    if (tooMuch !== undefined) {
      answer({ error: tooMuch })
      return undefined
    }
    this.#waitingNames += names.length
    return (value) => {
      this.#waitingNames -= names.length
      answer(value)
    }
  }

  async #subscribe(wishes: readonly DetailedWish[] | CodedError, answer: (value: Answer) => void): Promise<void> {
    if (isRefusal(wishes)) {
      answer({ error: wishes })
      return
    }
    const names = wishes.map(({ channel }) => channel)
    const finish = this.#admit(names, answer)
    if (finish === undefined) return
    const { catalog, subscriptions } = this.#options
    const isUnknown = names.some((name) => catalog.find(name) === undefined)
    await this.#inTurn(isUnknown, () => {
      subscriptions.add(this.#subscriber, wishes, (channels) => finish({ channels }))
    })
  }

  async #unsubscribe(names: readonly string[] | CodedError, answer: (value: Answer) => void): Promise<void> {
    if (isRefusal(names)) {
      answer({ error: names })
      return
    }
    const finish = this.#admit(names, answer)
    if (finish === undefined) return
    await this.#inTurn(false, () => {
      this.#options.subscriptions.remove(this.#subscriber, names, (channels) => finish({ channels }))
    })
  }

  async #list(answer: (value: Answer) => void): Promise<void> {
    await this.#inTurn(false, () => {
      this.#options.subscriptions.list(this.#subscriber, (channels, patterns) => answer({ channels, patterns }))
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
