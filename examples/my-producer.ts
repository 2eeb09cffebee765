// A producer of your own: a random walk of the price of gold, and a bell every tenth step.
//
//   tickcast serve --feed module:./examples/my-producer.ts
//
// It runs in a worker thread: it may compute, wait, or throw without the server's clients noticing more than silence.
// In a project of your own, import from 'tickcast'.
import { setTimeout } from 'node:timers/promises'
import { defineProducer } from '../src/index.ts'

const channel = 'quote:LAB:GOLD'
const stepMs = 100

/** Prices are decimal strings on the way to the clients; whole cents never round on the way there. */
const price = (cents: number) => (cents / 100).toFixed(2)

export default defineProducer({
  channels: [channel],

  async *messages({ signal, log }) {
    log('info', 'The market opens')
    let bidCents = 240_000
    for (let step = 1; ; step++) {
      await setTimeout(stepMs, undefined, { signal })
      bidCents += Math.round((Math.random() - 0.5) * 20)
      yield { channel, data: { bid: price(bidCents), bidSize: '3', ask: price(bidCents + 10), askSize: '2' } }
      if (step % 10 === 0) yield { on: 'bell', data: { step, bid: price(bidCents) } }
    }
  }
})
