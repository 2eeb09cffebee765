import type { BackfilledSymbol, BackfillSpan } from '../../src/protocol/backfill.ts'
import { parseChannel } from '../../src/protocol/channel.ts'
import type { ChannelMessage } from '../../src/protocol/feed-message.ts'
import type { Candle } from '../../src/protocol/market-data.ts'
import { createPayloadCheck } from '../../src/protocol/payload-check.ts'
import type { BackfilledUpdate } from './history-sender.ts'

/** What is known of a channel that history keeps. */
interface Account {
  readonly kind: 'trade' | 'candle'
  readonly venue: string
  readonly symbol: string
  /** Of candles. */
  readonly interval: string
  count: number
  /** Times of the first and the last entry that was handed on, ms. */
  from: number
  to: number
  /** The candle in progress, as it was last told. */
  open: { readonly candle: Candle; readonly timeMs: number } | undefined
}

export interface SessionLedgerOptions {
  /** Takes what history shall store, in order. */
  readonly keep: (entry: BackfilledUpdate | BackfillSpan) => void
  /** Says whether nothing can happen in a candle any more, by the wall clock. */
  readonly isOver: (venue: string, symbol: string, interval: string, openTime: number) => boolean
}

/**
 * Takes from a session what history stores: trades, and candles once no more is to come of them; and keeps account of it.
 *
 * A candle in progress is told many times. Only its last state counts: when it is closed, when the next one begins
 * without that, or when the session ends.
 */
export class SessionLedger {
  readonly #options: SessionLedgerOptions
  readonly #check = createPayloadCheck()
  readonly #accounts = new Map<string, Account | undefined>()
  #seq = 0
  #malformed = 0
  #trades = 0

  constructor(options: SessionLedgerOptions) {
    this.#options = options
  }

  /** Messages that have not the documented form. */
  get malformed(): number {
    return this.#malformed
  }

  get trades(): number {
    return this.#trades
  }

  /** Says whether a message of a feed has the form that history and candles rely on; counts it when not. */
  accepts({ channel, exchangeTime, data }: ChannelMessage): boolean {
    const kind = channel.slice(0, channel.indexOf(':'))
    // Books are large, and nothing here reads them.
    const isRead = kind === 'trade' || kind === 'quote' || kind === 'candle'
    const isFit = !isRead || (isCount(Math.floor(exchangeTime)) && this.#check(kind, data) === undefined)
    if (!isFit) this.#malformed += 1
    return isFit
  }

  /** Takes a message of the session, in its order. */
  take({ channel, exchangeTime, data }: ChannelMessage): void {
    const account = this.#accountOf(channel)
    if (account === undefined) return
    const timeMs = Math.floor(exchangeTime)
    if (account.kind === 'candle') {
      this.#takeCandle(channel, account, data as Candle, timeMs)
      return
    }
    this.#trades += 1
    account.count += 1
    this.#keep(channel, account, timeMs, timeMs, data)
  }

  /** Hands on the candles in progress at the end of the session. */
  finish(): void {
    for (const [channel, account] of this.#accounts) {
      if (account?.open === undefined) continue
      const { candle, timeMs } = account.open
      const { venue, symbol, interval } = account
      const isOver = this.#options.isOver(venue, symbol, interval, candle.openTime)
      this.#keepCandle(channel, account, isOver ? abandoned(candle) : candle, timeMs)
    }
  }

  /** Tells that the session holds everything of its channels between their first and last entry. */
  claim(): void {
    for (const [channel, account] of this.#accounts) {
      if (account === undefined || account.to < account.from) continue
      this.#options.keep({ span: 'whole', channel, from: account.from, to: account.to })
    }
  }

  candles(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const account of this.#accounts.values()) {
      if (account?.kind === 'candle' && account.count > 0) {
        counts[account.interval] = (counts[account.interval] ?? 0) + account.count
      }
    }
    return counts
  }

  symbols(): BackfilledSymbol[] {
    const accounts = [...this.#accounts.values()].filter((account) => account?.kind === 'trade')
    return accounts.flatMap((account) => {
      if (account === undefined || account.count === 0) return []
      const { venue, symbol, count: trades, from, to } = account
      return [{ ticker: `${venue}:${symbol}`, trades, from, to }]
    })
  }

  #takeCandle(channel: string, account: Account, candle: Candle, timeMs: number): void {
    const { open } = account
    // A closed one that is older is a correction, and says nothing of the one in progress.
    const isLeft =
      open !== undefined &&
      (candle.closed ? open.candle.openTime < candle.openTime : open.candle.openTime !== candle.openTime)
    if (isLeft) this.#keepCandle(channel, account, abandoned(open.candle), open.timeMs)
    if (!candle.closed) account.open = { candle, timeMs }
    else if (isLeft || open?.candle.openTime === candle.openTime) account.open = undefined
    if (candle.closed) this.#keepCandle(channel, account, candle, timeMs)
  }

  #keepCandle(channel: string, account: Account, candle: Candle, timeMs: number): void {
    if (candle.corrected !== true) account.count += 1
    this.#keep(channel, account, candle.openTime, timeMs, candle)
  }

  #keep(channel: string, account: Account, atMs: number, exchangeTime: number, data: object): void {
    if (account.to < account.from) this.#options.keep({ span: 'begun', channel, from: atMs, to: atMs })
    account.from = Math.min(account.from, atMs)
    account.to = Math.max(account.to, atMs)
    this.#options.keep({ channel, seq: ++this.#seq, exchangeTime, data })
  }

  #accountOf(channel: string): Account | undefined {
    if (this.#accounts.has(channel)) return this.#accounts.get(channel)
    const account = accountFor(channel)
    this.#accounts.set(channel, account)
    return account
  }
}

/** An empty account; `undefined` for a channel that history does not keep. */
function accountFor(channel: string): Account | undefined {
  const { kind, venue = '', symbol = '', param: interval = '' } = parseChannel(channel) ?? {}
  if ((kind !== 'trade' || interval !== '') && (kind !== 'candle' || interval === '')) return undefined
  return { kind, venue, symbol, interval, count: 0, from: Infinity, to: -Infinity, open: undefined }
}

/** A candle that nobody will tell more of. */
function abandoned(candle: Candle): Candle {
  return { ...candle, closed: true, partial: true }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
