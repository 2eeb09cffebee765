/** How much does tickcast itself say it gave up? A loss that it does not tell makes a run invalid. */
import { setTimeout } from 'node:timers/promises'

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

export function droppedSince(before: Dropped, now: Dropped): Dropped {
  return { byProducers: now.byProducers - before.byProducers, forClients: now.forClients - before.forClients }
}

/** What was dropped since the start. */
export async function droppedBy(port: number, clients: number): Promise<Dropped> {
  await setTimeout(TOTALS_MS)
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/stats`)
  const { counters, producers } = (await response.json()) as Stats
  const messages = producers.reduce((sum, { dropped }) => sum + dropped, counters.messagesDropped)
  return { byProducers: messages * clients, forClients: counters.clientUpdatesDropped }
}
