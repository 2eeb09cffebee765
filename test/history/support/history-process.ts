import { HistoryClient } from '../../../src/history/history-client.ts'
import { startHistoryThread } from '../../../src/threads/history-thread.ts'
import { historyCounters } from './history-counters.ts'
import { STORE } from './store-options.ts'
import { bytesOf, candleOf, candleUpdate, MONDAY_MS, TRADES, tradeUpdates } from './updates.ts'

const TRADES_PER_BATCH = 20

/**
 * A process that writes numbered batches to a history file until it is killed, and prints each sequence number up to
 * which everything is acknowledged as durable.
 */
const [file = ''] = process.argv.slice(2)
const history = new HistoryClient({
  startThread: () => startHistoryThread({ ...STORE, file, writeMs: 5 }),
  counters: historyCounters(),
  log: (_level, text) => process.stdout.write(`log ${text}\n`),
  maxUnwrittenBytes: 16 * 1024 * 1024,
  queryTimeoutMs: 10_000,
  stopMs: 1_000,
  now: () => performance.now()
})
await history.start()
let seq = (await history.query({ kind: 'position', channel: TRADES }))?.seq ?? 0
for (;;) {
  const candle = candleOf(MONDAY_MS, `${seq + TRADES_PER_BATCH}`)
  const candles = [candleUpdate(seq + TRADES_PER_BATCH, candle, { prev: seq })]
  if (!history.offer('e1', bytesOf([...tradeUpdates(TRADES_PER_BATCH, seq + 1), ...candles]))) break
  seq += TRADES_PER_BATCH
  const acknowledged = seq
  const flushed = history.flush().then(() => process.stdout.write(`${acknowledged}\n`))
  // Sometimes many batches are under way, sometimes one.
  if (seq % (TRADES_PER_BATCH * 16) === 0) await flushed
}
