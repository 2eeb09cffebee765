/** How much does tickcast itself say it gave up? A loss that it does not tell makes a run invalid. */
import { setTimeout } from 'node:timers/promises'

/** Producers tell their totals four times a second, ms. */
const TOTALS_MS = 400

/** The part of `/api/v1/stats` that tells what was given up. */
interface Stats {
  readonly counters: { readonly messagesDropped: number; readonly clientUpdatesDropped: number }
  readonly producers: readonly { readonly dropped: number }[]
}

/**
 * Updates dropped since the start, over all clients, where every client takes every channel; at least: what a producer
 * gives up is counted again for a client that is behind at that time.
 */
export async function droppedBy(port: number, clients: number): Promise<number> {
  await setTimeout(TOTALS_MS)
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/stats`)
  const { counters, producers } = (await response.json()) as Stats
  const messages = producers.reduce((sum, { dropped }) => sum + dropped, counters.messagesDropped)
  return messages * clients + counters.clientUpdatesDropped
}
