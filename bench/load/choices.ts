/** Which channels does each client take? The same for every contender and in every round, since it is seeded. */
import type { Choice } from './load-api.ts'

/** The channels of one client, ascending. */
export function channelsOf(client: number, { updates, isShared, among }: Choice): number[] {
  if (isShared) return Array.from({ length: updates }, (_, index) => index)
  if (updates === 1) return [client % among]
  const random = randomNumbers(client + 1)
  const chosen = new Set<number>()
  while (chosen.size < Math.min(updates, among)) chosen.add(Math.floor(random() * among))
  return [...chosen].sort((a, b) => a - b)
}

/** Mulberry32: small, seeded, and good enough to choose channels. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
