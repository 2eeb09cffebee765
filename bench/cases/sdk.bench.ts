/** How many updates a second does the SDK turn from text into live values, on one thread? */
import type { LiveBook } from '../../client/live/live-book.ts'
import type { LiveQuote } from '../../client/live/live-quote.ts'
import { Market } from '../../client/market.ts'
import type { WireEvents } from '../../client/wire/wire.ts'
import type { Case } from '../harness/case.ts'
import { eachRound } from '../harness/sampling.ts'

const SDK = 'tickcast/client'
const PARSE_ONLY = 'JSON.parse alone'
const CHANNELS = 200
/** Updates in one event, as a flush of a busy market brings them. */
const PER_FLUSH = 50
const FLUSHES = { full: 20_000, quick: 4_000 } as const
/** Flushes made beforehand and fed in turn, so that making them is no part of the time. */
const PREPARED = 400
const LEVELS = 50
const KINDS = ['quote', 'book'] as const
type Kind = (typeof KINDS)[number]
const shapeOf = (kind: Kind) => `${kind}s, ${PER_FLUSH} updates an event`

export const sdk: Case = {
  name: 'sdk',
  question: 'How many updates a second does the SDK turn from text into live values, on one thread?',
  metrics: [
    { key: 'updatesPerSecond', title: 'updates/s' },
    { key: 'nanosPerUpdate', title: 'ns per update' }
  ],
  targets: [{ shape: shapeOf('quote'), contender: SDK, metric: 'updatesPerSecond', atLeast: 500_000 }],
  async run(context) {
    const flushes = context.options.isQuick ? FLUSHES.quick : FLUSHES.full
    const measure = async (round: number) => {
      for (const kind of KINDS) {
        for (const contender of [SDK, PARSE_ONLY]) {
          // The first run of each warms it up.
          run(kind, contender, PREPARED)
          const { seconds, bytes, problems } = run(kind, contender, flushes)
          const updates = flushes * PER_FLUSH
          context.record({
            ...{ shape: shapeOf(kind), contender, round, clients: 1, problems, isLoadSaturated: false },
            ratePerSecond: updates / seconds,
            updateBytes: bytes / updates,
            values: { updatesPerSecond: updates / seconds, nanosPerUpdate: (seconds * 1e9) / updates }
          })
        }
      }
    }
    // No servers to be kept apart.
    await eachRound(context, measure, { ...context.options, isPinned: false })
  }
}

interface Run {
  readonly seconds: number
  readonly bytes: number
  readonly problems: readonly string[]
}

function run(kind: Kind, contender: string, flushes: number): Run {
  const stage = contender === SDK ? new Stage(kind) : undefined
  let seq = 1
  let seconds = 0
  let bytes = 0
  for (let done = 0; done < flushes; done += PREPARED) {
    const texts = Array.from({ length: Math.min(PREPARED, flushes - done) }, () => {
      const text = flushText(kind, seq)
      seq += PER_FLUSH / CHANNELS
      return text
    })
    const startMs = performance.now()
    for (const text of texts) {
      const [name, ...args] = JSON.parse(text) as [string, ...unknown[]]
      stage?.events?.onEvent(name, args)
    }
    seconds += (performance.now() - startMs) / 1_000
    bytes += texts.reduce((sum, text) => sum + text.length, 0)
  }
  const problems = stage?.problems(Math.ceil(seq) - 1) ?? []
  stage?.market.close()
  return { seconds, bytes, problems }
}

const channelOf = (kind: Kind, index: number) => `${kind}:LAB:S${index}`

/** A market on a wire that goes nowhere, with every channel held as a page would hold it. */
class Stage {
  readonly market: Market
  events: WireEvents | undefined
  readonly #lives: readonly (LiveQuote | LiveBook)[]
  #changes = 0

  constructor(kind: Kind) {
    this.market = new Market({ url: 'http://nowhere' }, (_, events) => {
      this.events = events
      return { request: (name, payload, id) => this.#answer(kind, name, payload, id), close: () => undefined }
    })
    this.#lives = Array.from({ length: CHANNELS }, (_, index) =>
      kind === 'quote' ? this.market.quote(`LAB:S${index}`) : this.market.book(`LAB:S${index}`)
    )
    for (const live of this.#lives) {
      live.onChange(() => {
        this.#changes += 1
      })
    }
    this.events?.onOpen()
  }

  /** What the SDK shows at the end has to be what was sent last. */
  problems(seq: number): readonly string[] {
    const wrong = this.#lives.filter((live) => {
      const { gaps, value } = live
      if (value === undefined || gaps > 0) return true
      return 'bid' in value ? value.bid !== priceOf(seq) : value.bestBid?.[0] !== priceOf(seq)
    })
    const problems = wrong.length === 0 ? [] : [`${wrong.length} of ${CHANNELS} values are not the last ones sent`]
    return this.#changes === 0 ? [...problems, 'no change was told'] : problems
  }

  #answer(kind: Kind, name: string, payload: unknown, id: number): void {
    if (name !== 'subscribe') return
    const { channels } = payload as { readonly channels: readonly { readonly channel: string }[] }
    const answers = channels.map(({ channel }) => ({
      ...{
        channel,
        ok: true,
        epoch: 'a',
        seq: 0,
        quality: 'live',
        cause: 'none',
        since: 0,
        source: 'lab',
        recovered: false
      },
      granted: { maxRateHz: 100 }
    }))
    this.events?.onAnswer(id, { channels: answers })
    if (kind === 'quote') return
    const levels = (first: number, step: number) =>
      Array.from({ length: LEVELS }, (_, index) => [String(first + index * step), '1'])
    const data = { bids: levels(99, -1), asks: levels(1_000_000, 1) }
    const updates = channels.map(({ channel }) => ({ channel, seq: 0, type: 'snapshot', epoch: 'a', data }))
    this.events?.onEvent('updates', [updates, { emitTime: Date.now() }])
  }
}

/** Grows with the sequence, so that the best bid of a book tells which update was the last. */
function priceOf(seq: number): string {
  return (100 + seq / 100).toFixed(2)
}

/** One flush: the next channels in turn, each with its next number. */
function flushText(kind: Kind, seq: number): string {
  const first = Math.round((seq % 1) * CHANNELS)
  const number = Math.floor(seq)
  const now = Date.now()
  const price = priceOf(number)
  const data =
    kind === 'quote'
      ? { bid: price, bidSize: '100', ask: String(Number(price) + 1), askSize: '200', venueSeq: number }
      : {
          bids: [
            [price, '5'],
            [priceOf(number - 1), '0']
          ],
          asks: [[String(1_000_000 + (number % LEVELS)), String(number)]]
        }
  const updates = Array.from({ length: PER_FLUSH }, (_, index) => ({
    ...{ channel: channelOf(kind, first + index), seq: number, exchangeTime: now, ingestTime: now, data }
  }))
  return JSON.stringify(['updates', updates, { emitTime: now }])
}
