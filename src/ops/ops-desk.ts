import type { Catalog } from '../broadcast/catalog.ts'
import type { Lanes } from '../gateway/lanes.ts'
import type { OpsHandle, OpsLink, OpsService, OpsVisitor } from '../gateway/ops-door.ts'
import { isRefusal } from '../gateway/request-forms.ts'
import { RequestLimiter } from '../gateway/request-limiter.ts'
import type { Subscriber } from '../gateway/subscriber.ts'
import { inTurns } from '../gateway/turns.ts'
import { type CodedError, type CodeName, codedError } from '../protocol/codes.ts'
import {
  OPS_PERIOD_MS,
  OPS_REQUESTS,
  type OpsAccess,
  type OpsAnswer,
  type OpsFigures,
  type OpsHello,
  type OpsRequestName
} from '../protocol/ops-events.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import { ChannelPage } from './channel-page.ts'
import { ClientCensus } from './client-census.ts'
import type { LoadSampler } from './load-sampler.ts'
import { opsAccess } from './ops-gate.ts'
import { type MeteredProducer, ProducerMeter } from './producer-meter.ts'
import { FIRST_WISHES, readText, readWatch, type Wishes } from './watch-form.ts'

/** Most operators at once: each costs a look at every client and a page of channels a second. */
const MAX_OPERATORS = 16
/** Requests of one operator, a second in the long run and at once. */
const REQUESTS = { perSecond: 10, burst: 50 } as const
/** Least time between two lines in the log about refused operators, ms. */
const REFUSAL_LOG_MS = 1_000

/** What is read of the running server each time somebody looks. */
export interface PresentFigures extends Omit<OpsFigures, 'time' | 'load' | 'producers' | 'clients' | 'channels'> {
  readonly producers: readonly MeteredProducer[]
}

export interface OpsDeskOptions {
  /** The token of the operators; empty for none. */
  readonly opsToken: string
  readonly catalog: Catalog
  readonly lanes: Lanes
  readonly subscribers: Iterable<Subscriber>
  readonly load: LoadSampler
  readonly figures: () => PresentFigures
  /** `undefined` when there is no such producer, false when it was stopped for good. */
  readonly restartProducer: (name: string, reason: string) => boolean | undefined
  readonly counters: Counters
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** Monotonic clock, ms. */
  readonly now: () => number
}

interface Operator {
  readonly link: OpsLink
  readonly page: ChannelPage
  wishes: Wishes
}

/** Tells operators how the server is, once a second as long as one looks, and does what they order. */
export class OpsDesk implements OpsService {
  readonly #options: OpsDeskOptions
  readonly #operators = new Set<Operator>()
  /** Who is to be shown how the server is as soon as the count that runs is done. */
  readonly #due = new Set<Operator>()
  readonly #meter = new ProducerMeter()
  #isCounting = false
  #refusalLoggedMs = Number.NEGATIVE_INFINITY

  constructor(options: OpsDeskOptions) {
    this.#options = options
  }

  start(): void {
    this.#options.load.start(() => this.#tick())
  }

  stop(): void {
    this.#options.load.stop()
  }

  admit(visitor: OpsVisitor): OpsAccess | CodedError {
    const { opsToken, counters, log, now } = this.#options
    const access = opsAccess(opsToken, visitor)
    const answer =
      typeof access === 'string' && this.#operators.size >= MAX_OPERATORS
        ? codedError('tooManyConnections', `${MAX_OPERATORS} operators are connected; come back later`)
        : access
    if (typeof answer === 'string') return answer
    counters.operatorsRefused += 1
    if (now() - this.#refusalLoggedMs >= REFUSAL_LOG_MS) {
      this.#refusalLoggedMs = now()
      log.warn(`an operator at ${visitor.address} was refused: ${answer.name}`)
    }
    return answer
  }

  open(link: OpsLink, access: OpsAccess): OpsHandle {
    const { catalog, lanes, load, log, now } = this.#options
    const operator: Operator = { link, page: new ChannelPage(catalog, lanes), wishes: FIRST_WISHES }
    const limiter = new RequestLimiter(REQUESTS.perSecond, REQUESTS.burst, now())
    const canCommand = access === 'token'
    log.info(`an operator at ${link.address} looks (${access})`)
    const hello: OpsHello = { time: Date.now(), periodMs: OPS_PERIOD_MS, access, canCommand, past: load.past() }
    link.send('hello', hello)
    this.#operators.add(operator)
    this.#show([operator])
    return {
      request: (name, payload, reply) => {
        const error = limiter.offer(now())
          ? this.#obey(operator, canCommand, name, payload)
          : codedError('rateLimited', `expected at most ${REQUESTS.perSecond} requests a second; wait, then ask again`)
        const answer: OpsAnswer = error === undefined ? { ok: true } : { error }
        reply(answer)
        // The answer comes first.
        if (name === 'watch' && error === undefined) this.#show([operator])
      },
      end: () => {
        this.#operators.delete(operator)
        this.#due.delete(operator)
        if (this.#operators.size === 0) this.#meter.reset()
      }
    }
  }

  #tick(): void {
    this.#show([...this.#operators])
  }

  /** One count after the other, so that nobody is shown the earlier state last. */
  #show(operators: readonly Operator[]): void {
    for (const operator of operators) this.#due.add(operator)
    if (!this.#isCounting) this.#count()
  }

  /** Looks at everything, a few milliseconds at a time, and sends it to the operators that are due. */
  #count(): void {
    const operators = [...this.#due]
    this.#due.clear()
    this.#isCounting = operators.length > 0
    if (!this.#isCounting) return
    const { subscribers, lanes, load, figures, now } = this.#options
    const census = new ClientCensus(operators.map(({ wishes }) => wishes.clients))
    function* steps(): Generator<void> {
      yield* census.take(subscribers)
      for (const { page } of operators) yield* page.find()
    }
    inTurns(steps(), () => {
      const [nowMs, time] = [now(), Date.now()]
      const { producers, ...present } = figures()
      const common = { time, ...present, load: load.latest, producers: this.#meter.read(producers, nowMs) }
      operators.forEach(({ link, page }, place) => {
        const clients = census.read(place, lanes, nowMs)
        link.send('ops', { ...common, clients, channels: page.read(nowMs, time) } satisfies OpsFigures)
      })
      this.#count()
    })
  }

  /** @returns why it does not. */
  #obey(operator: Operator, canCommand: boolean, name: string, payload: unknown): CodedError | undefined {
    if (!isOpsRequest(name)) {
      return codedError('unknownRequest', `expected one of ${OPS_REQUESTS.join(', ')}; found ${name.slice(0, 120)}`)
    }
    if (name === 'watch') return this.#watch(operator, payload)
    if (!canCommand) {
      return codedError('readOnly', 'commands need the token of the setting opsToken, and none is configured')
    }
    const { address } = operator.link
    switch (name) {
      case 'restartProducer':
        return this.#restart(address, readText(payload, 'name'))
      case 'kickClient':
        return this.#kick(address, readText(payload, 'id'))
      default:
        return name satisfies never
    }
  }

  #watch(operator: Operator, payload: unknown): CodedError | undefined {
    const wishes = readWatch(payload, operator.wishes)
    if (isRefusal(wishes)) return wishes
    operator.wishes = wishes
    operator.page.wish = wishes.channels
    return undefined
  }

  #restart(address: string, name: string | CodedError): CodedError | undefined {
    if (isRefusal(name)) return name
    const { log, restartProducer } = this.#options
    const isRestarted = restartProducer(name, 'an operator has it started again')
    if (isRestarted === undefined) return unknown('unknownProducer', 'producer', name)
    if (!isRestarted) return codedError('shutdown', 'the server stops, and its producers with it')
    log.info(`an operator at ${address} has producer ${name} started again`)
    return undefined
  }

  #kick(address: string, id: string | CodedError): CodedError | undefined {
    if (isRefusal(id)) return id
    const { log, subscribers } = this.#options
    for (const { connection } of subscribers) {
      if (connection.id !== id) continue
      log.info(`an operator at ${address} closes client ${id} at ${connection.address}`)
      connection.close('closedByOperator')
      return undefined
    }
    return unknown('unknownClient', 'client', id)
  }
}

function isOpsRequest(name: string): name is OpsRequestName {
  return (OPS_REQUESTS as readonly string[]).includes(name)
}

function unknown(code: CodeName, what: string, found: string): CodedError {
  return codedError(code, `expected a ${what} that there is; found ${JSON.stringify(found.slice(0, 120))}`)
}
