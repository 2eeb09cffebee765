/** How do the article's producers look: one plain `{on, data}` message a second each? */
import { threadId } from 'node:worker_threads'
import { defineProducer } from '../../src/index.ts'
import { ticks } from './schedule.ts'

/** Name of the event of this thread; a client takes the producers apart by it. */
const on = `tick-${threadId}`
/** So that the threads do not come in step, ms. */
const phaseMs = (threadId * 251) % 1_000

/** One message per tick. */
export default defineProducer({
  async *messages({ signal }) {
    for await (const { tick, scheduledTime } of ticks(signal, phaseMs)) {
      yield { on, data: { tick, scheduledTime, price: '64000.00', size: '1.00000' } }
    }
  }
})
