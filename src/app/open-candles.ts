import type { HistoryClient } from '../history/history-client.ts'
import type { ChannelName } from '../protocol/channel.ts'
import type { OpenCandles } from '../protocol/port-messages.ts'

type History = Pick<HistoryClient, 'flush' | 'query'>

/** Symbols asked for at once, so that other questions have their turn. */
const AT_ONCE = 32
/** Longest time a producer waits for its candles in progress, ms: what is not known by then begins anew. */
const PATIENCE_MS = 3_000

/** The candles in progress of symbols, as far as history knows them in time. */
export async function readOpenCandles(
  history: History,
  symbols: readonly Pick<ChannelName, 'venue' | 'symbol'>[]
): Promise<readonly OpenCandles[]> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  // What an earlier life of the producer has sent may still wait to be written.
  await Promise.race([history.flush(), new Promise((resolve) => signal.addEventListener('abort', resolve))])
  const found: OpenCandles[] = []
  for (let at = 0; at < symbols.length && !signal.aborted; at += AT_ONCE) {
    const some = symbols.slice(at, at + AT_ONCE).map(({ venue, symbol }) => readOne(history, venue, symbol, signal))
    found.push(...(await Promise.all(some)).filter((one) => one !== undefined))
  }
  return found
}

async function readOne(
  history: History,
  venue: string,
  symbol: string,
  signal: AbortSignal
): Promise<OpenCandles | undefined> {
  try {
    const { bars, trades, knownFrom, gaps } = await history.query({ kind: 'openBars', venue, symbol }, { signal })
    const candles = bars.map(({ channel: _, position, ...bar }) => ({
      ...bar,
      lastMs: position.time
    }))
    return trades.length === 0 && candles.length === 0
      ? undefined
      : { venue, symbol, candles, trades, knownFromMs: knownFrom, gapsMs: gaps }
  } catch {
    // Without an answer the candles begin anew, marked as partial; the client of history has counted the failure.
    return undefined
  }
}
