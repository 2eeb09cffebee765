import type { HistoryClient } from '../history/history-client.ts'
import { parseChannel } from '../protocol/channel.ts'
import type { DeclaredChannel, OpenCandles } from '../protocol/port-messages.ts'

/** Symbols asked for at once, so that other questions have their turn. */
const AT_ONCE = 32
/** Longest time a producer waits for its candles in progress, ms: what is not known by then begins anew. */
const PATIENCE_MS = 3_000

/** The candles in progress of all symbols with trades among these channels, as far as history knows them in time. */
export async function readOpenCandles(
  client: Pick<HistoryClient, 'query'>,
  channels: readonly DeclaredChannel[]
): Promise<readonly OpenCandles[]> {
  const names = channels.flatMap(({ name, form }) => (form === 'channel' ? (parseChannel(name) ?? []) : []))
  const symbols = names.filter(({ kind }) => kind === 'trade')
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const found: OpenCandles[] = []
  for (let at = 0; at < symbols.length && !signal.aborted; at += AT_ONCE) {
    const some = symbols.slice(at, at + AT_ONCE).map(({ venue, symbol }) => readOne(client, venue, symbol, signal))
    found.push(...(await Promise.all(some)).filter((one) => one !== undefined))
  }
  return found
}

async function readOne(
  client: Pick<HistoryClient, 'query'>,
  venue: string,
  symbol: string,
  signal: AbortSignal
): Promise<OpenCandles | undefined> {
  try {
    const { bars, trades } = await client.query({ kind: 'openBars', venue, symbol, nowMs: Date.now() }, { signal })
    const candles = bars.map(({ interval, candle, position }) => ({ interval, candle, time: position.time }))
    return candles.length === 0 ? undefined : { venue, symbol, candles, trades }
  } catch {
    // Without an answer the candles begin anew, marked as partial; the client of history has counted the failure.
    return undefined
  }
}
