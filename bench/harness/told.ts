/** How much does tickcast itself say it gave up? A loss that it does not tell makes a run invalid. */
import { setTimeout } from 'node:timers/promises'
import type { Stand } from './stand.ts'

/** Producers tell their totals four times a second, ms. */
const TOTALS_MS = 400

/** The part of `/api/v1/stats` that tells what was given up. */
interface Stats {
  readonly counters: { readonly messagesDropped: number; readonly clientUpdatesDropped: number }
  readonly producers: readonly { readonly dropped: number }[]
}

/** Updates dropped, over all clients, where every client takes every channel. */
export interface Dropped {
  /** For everybody. */
  readonly byProducers: number
  /** For clients that were behind; what producers gave up at that time is counted here, too. */
  readonly forClients: number
}
export const NOTHING_DROPPED: Dropped = { byProducers: 0, forClients: 0 }

/** Runs something. @returns beside its result what was dropped meanwhile, as far as the server tells: only tickcast does. */
export async function droppedDuring<Result>(
  { port, options: { contender, clients } }: Stand,
  run: () => Promise<Result>
): Promise<readonly [Result, Dropped]> {
  if (contender.server !== 'tickcast') return [await run(), NOTHING_DROPPED]
  const before = await droppedBy(port, clients)
  const result = await run()
  const now = await droppedBy(port, clients)
  return [result, { byProducers: now.byProducers - before.byProducers, forClients: now.forClients - before.forClients }]
}

/** What was dropped since the start. */
async function droppedBy(port: number, clients: number): Promise<Dropped> {
  await setTimeout(TOTALS_MS)
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/stats`)
  const { counters, producers } = (await response.json()) as Stats
  const messages = producers.reduce((sum, { dropped }) => sum + dropped, counters.messagesDropped)
  return { byProducers: messages * clients, forClients: counters.clientUpdatesDropped }
}
