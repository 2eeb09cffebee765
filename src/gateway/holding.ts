import type { ChannelState } from '../broadcast/channel-state.ts'
import type { Lane } from './lane.ts'

/** The channels of one client by the lane in which it takes each. */
export type Holding = Map<Lane, Set<ChannelState>>

export function put(holding: Holding, channel: ChannelState, lane: Lane): void {
  const channels = holding.get(lane)
  if (channels === undefined) holding.set(lane, new Set([channel]))
  else channels.add(channel)
}

export function drop(holding: Holding, channel: ChannelState): void {
  for (const channels of holding.values()) channels.delete(channel)
}

export function holds(holding: Holding, channel: ChannelState): boolean {
  for (const channels of holding.values()) if (channels.has(channel)) return true
  return false
}

export function* channelsOf(holding: Holding): Generator<ChannelState> {
  for (const channels of holding.values()) yield* channels
}

export function countOf(holding: Holding): number {
  let count = 0
  for (const { size } of holding.values()) count += size
  return count
}
