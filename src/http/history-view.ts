import type { HistoryClient } from '../history/history-client.ts'
import { HistoryError, type HistoryErrorCode } from '../history/history-error.ts'
import type {
  CandlePage,
  CandleRange,
  CandleTextPage,
  TradePage,
  TradeRange,
  TradeTextPage
} from '../history/history-store.ts'
import type { CalendarName } from '../protocol/calendar-rule.ts'
import type { Candle } from '../protocol/market-data.ts'
import { HttpProblem, type ProblemName } from './problems.ts'

/** All that the REST side may see of the past; built in `app.ts`. Times are ms since the Unix epoch. */
export interface HistoryView {
  /**
   * A page of candles, the one in progress included as it was last stored. Its position is where all stored data of the
   * channel ends: read together with the candles, so that live messages after it continue them without a seam.
   */
  candles(channel: string, range: CandleRange, signal: AbortSignal): Promise<CandlePage>
  /** The same with the candles as text. */
  candlesText(channel: string, range: CandleRange, signal: AbortSignal): Promise<CandleTextPage>
  trades(channel: string, range: TradeRange, signal: AbortSignal): Promise<TradePage>
  /** The same with the trades as text. */
  tradesText(channel: string, range: TradeRange, signal: AbortSignal): Promise<TradeTextPage>
  /** The newest candle with `openTime < before`. */
  previousCandle(channel: string, before: number, signal: AbortSignal): Promise<Candle | undefined>
  /** When a market trades, and where its days begin. */
  calendarOf(venue: string, symbol: string): CalendarName
  now(): number
}

export interface HistoryViewOptions {
  readonly client: Pick<HistoryClient, 'query'>
  readonly calendarOf: (venue: string, symbol: string) => CalendarName
  /** Clock of the server, ms since the Unix epoch. */
  readonly now: () => number
}

/** What REST sees of history, with its failures as problems that a client can understand. */
export function createHistoryView({ client, calendarOf, now }: HistoryViewOptions): HistoryView {
  return {
    candles: (channel, range, signal) => answered(client.query({ kind: 'candles', channel, range }, { signal })),
    candlesText: (channel, range, signal) =>
      answered(client.query({ kind: 'candlesText', channel, range }, { signal })),
    trades: (channel, range, signal) => answered(client.query({ kind: 'trades', channel, range }, { signal })),
    tradesText: (channel, range, signal) => answered(client.query({ kind: 'tradesText', channel, range }, { signal })),
    previousCandle: (channel, before, signal) =>
      answered(client.query({ kind: 'lastCandle', channel, before }, { signal })),
    calendarOf,
    now
  }
}

/** Failures that are nobody's bug, and the problem each is; the others are logged and answered as `internalError`. */
const PROBLEM_OF: Partial<Readonly<Record<HistoryErrorCode, ProblemName>>> = {
  bad_cursor: 'badRequest',
  busy: 'busy',
  timeout: 'busy',
  cancelled: 'cancelled',
  damaged: 'historyUnavailable',
  thread_failed: 'historyUnavailable',
  stopped: 'historyUnavailable'
}

function answered<Answer>(answer: Promise<Answer>): Promise<Answer> {
  return answer.catch((error: unknown) => Promise.reject(explained(error)))
}

/** The same failure as a client of REST can understand it. */
function explained(error: unknown): unknown {
  if (!(error instanceof HistoryError)) return error
  const problem = PROBLEM_OF[error.code]
  return problem === undefined ? error : new HttpProblem(problem, error.message, { cause: error })
}
