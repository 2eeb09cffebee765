import { statSync } from 'node:fs'
import { expect, it } from 'vitest'
import { TestHistory } from './support/test-history.ts'
import { bytesOf, MONDAY_MS } from './support/updates.ts'

const TRADES = 200_000
const BATCH = 500
const SYMBOLS = 50
const MIB = 1024 * 1024

/** Batches as producers make them: some symbols in turn, prices and sizes of usual length. */
function batches(): Uint8Array[] {
  return Array.from({ length: TRADES / BATCH }, (_, batch) =>
    bytesOf(
      Array.from({ length: BATCH }, (_, place) => {
        const index = batch * BATCH + place
        const data = { id: `${100_000_000 + index}`, price: '64123.45000000', size: '0.01230000', side: 'buy' }
        const time = MONDAY_MS + index
        const [symbol, seq] = [index % SYMBOLS, Math.floor(index / SYMBOLS) + 1]
        return { channel: `trade:SIM:S${symbol}`, seq, exchangeTime: time, ingestTime: time, data }
      })
    )
  )
}

it('Writes 200,000 trades, and tells how long that took', async () => {
  const offered = batches()
  const history = new TestHistory({ writeMs: 100, maxUnwrittenBytes: 64 * MIB })
  await history.start()
  const startMs = performance.now()
  let offerMs = 0
  for (const bytes of offered) {
    const offeredMs = performance.now()
    expect(history.offer('e1', bytes)).toBe(true)
    offerMs += performance.now() - offeredMs
  }
  await history.flush()
  const perSecond = Math.round(TRADES / ((performance.now() - startMs) / 1_000))
  const queryMs = performance.now()
  const page = await history.query({ kind: 'trades', channel: 'trade:SIM:S7', range: { limit: 1_000 } })
  const answerMs = performance.now() - queryMs
  await history.stop()

  expect(page.trades).toHaveLength(1_000)
  expect(history.counters).toMatchObject({ historyTradesWritten: TRADES, historyHoles: 0, historyBatchesDropped: 0 })
  const bytesPerTrade = Math.round(statSync(history.file).size / TRADES)
  const perOffer = Math.round((offerMs / offered.length) * 1_000)
  // For information: what they are depends on the machine and on what else it does.
  console.info(
    `history: ${perSecond} trades/s written, ${bytesPerTrade} bytes each on disk; the main thread takes ${perOffer} µs to ` +
      `offer ${BATCH} of them; a page of 1,000 trades takes ${answerMs.toFixed(1)} ms`
  )
}, 60_000)
