/** What do the messages of the bench look like, and how do they come at an exact rate on any number of channels? */
import { defineProducer, type ProducedUpdate } from '../../src/index.ts'
import { CHANNELS_VARIABLE, channelName, dueAt } from './plan.ts'
import { ticks } from './schedule.ts'

/** Payloads made beforehand, so that making them costs no contender anything. */
const PAYLOADS = 1_024

const [kind = 'trade', count = '1', padBytes = '0'] = (process.env[CHANNELS_VARIABLE] ?? '').split(':')
const channels = Array.from({ length: Number(count) }, (_, index) => channelName(kind, index))
const payloads = Array.from({ length: PAYLOADS }, (_, index) => payloadOf(index))

/** Trades or quotes at the rate that is asked for over the bus; all payloads of a kind have the same length. */
export default defineProducer({
  channels,
  async *messages({ signal }) {
    for await (const { plan, tick, scheduledTime } of ticks(signal)) {
      const due = dueAt(plan, tick)
      const batch: ProducedUpdate[] = []
      for (let n = tick === 0 ? 0 : dueAt(plan, tick - 1); n < due; n++) {
        const channel = channels[n % plan.channels] ?? ''
        batch.push({ channel, exchangeTime: scheduledTime, data: payloads[n % PAYLOADS] ?? {} })
      }
      if (batch.length > 0) yield batch
    }
  }
})

function payloadOf(index: number): object {
  const cents = 6_400_000 + index
  const price = (cents / 100).toFixed(2)
  const size = (1 + index / PAYLOADS).toFixed(5)
  const pad = padBytes === '0' ? {} : { note: 'x'.repeat(Number(padBytes)) }
  if (kind === 'trade') return { id: String(100_000_000 + index), price, size, side: 'sell', ...pad }
  return { bid: price, bidSize: size, ask: ((cents + 1) / 100).toFixed(2), askSize: size, ...pad }
}
