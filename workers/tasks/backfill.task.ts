import type { Calendar } from '../../src/market/calendar.ts'
import { isInterval } from '../../src/market/candle-interval.ts'
import { calendarNamed } from '../../src/market/named-calendar.ts'
import type { BackfillJob, BackfillReport, BackfillToMain, MainToBackfill } from '../../src/protocol/backfill.ts'
import { calendarFinder } from '../../src/protocol/calendar-rule.ts'
import type { FeedMessage } from '../../src/protocol/feed-message.ts'
import { HistorySender } from '../backfill/history-sender.ts'
import { SessionLedger } from '../backfill/session-ledger.ts'
import { Derive } from '../compute/derive.ts'
import { createReplayFeed } from '../feeds/feed-replay.ts'

/** Time between two words on progress, ms. */
const PROGRESS_MS = 200

/**
 * Reads recorded files as one session, once and as fast as what comes of it is written: trades, and the candles derived
 * from them as a producer does (or those of the recording, where it has them).
 */
export default async function backfill(job: BackfillJob): Promise<BackfillReport> {
  const { files, maxSymbols } = job
  const port = job.port
  const post = (message: BackfillToMain, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)
  const stopping = new AbortController()
  const { signal } = stopping
  const sender = new HistorySender(post)
  const calendarOf = calendarsOf(job)
  const ledger = new SessionLedger({
    keep: (entry) => sender.add(entry),
    isOver: (venue, symbol, interval, openTime) =>
      !isInterval(interval) || calendarOf(venue, symbol).spanOf(interval, openTime).endMs <= Date.now()
  })
  const derive = new Derive({ calendarOf, symbolLimit: maxSymbols })
  const feed = createReplayFeed(
    { name: 'backfill', feed: 'replay', files, speed: Number.POSITIVE_INFINITY, loop: false, hold: false },
    { signal, log: (level, text) => level === 'warn' && post({ type: 'problem', text }) }
  )
  const progress = () => ({ bytes: feed.byteCount, lines: feed.lineCount, trades: ledger.trades })
  const timer = setInterval(() => post({ type: 'progress', ...progress() }), PROGRESS_MS)
  port.on('message', (message: MainToBackfill) => {
    if (message.type === 'written') sender.written()
    else {
      stopping.abort()
      sender.stop()
    }
  })
  const isUsed = (message: FeedMessage) =>
    'channel' in message ? ledger.accepts(message) : !('rewind' in message) && !('on' in message)
  const takeAll = (messages: readonly FeedMessage[]) => {
    for (const message of messages) if ('channel' in message) ledger.take(message)
  }
  try {
    derive.declarations(await feed.open())
    for await (const messages of feed.messages()) {
      takeAll(derive.apply(messages.filter(isUsed)))
      await sender.ready()
      if (signal.aborted) break
    }
    const { tooLate, restarts, ignored: withoutCandles } = derive.totals
    if (!signal.aborted) {
      takeAll(derive.drain())
      ledger.finish()
      if (feed.inputErrors + ledger.malformed + restarts + withoutCandles === 0) ledger.claim()
    }
    await sender.drained()
    return {
      ...progress(),
      isWhole: !signal.aborted,
      inputErrors: feed.inputErrors,
      malformed: ledger.malformed,
      tooLate,
      restarts,
      withoutCandles,
      candles: ledger.candles(),
      symbols: ledger.symbols()
    }
  } finally {
    clearInterval(timer)
    await feed.close()
    port.close()
  }
}

function calendarsOf({ calendars }: BackfillJob): (venue: string, symbol: string) => Calendar {
  const nameOf = calendarFinder(calendars)
  return (venue, symbol) => calendarNamed(nameOf(venue, symbol))
}
