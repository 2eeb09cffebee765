import type { ChannelState } from '../broadcast/channel-state.ts'
import type { SourceStatus, Status } from '../protocol/server-events.ts'
import { Frame } from './frame.ts'

/** Above so many channels of one source with the same news, one status names the source instead of each channel. */
export const MAX_STATUSES = 100

/** What clients are told of changed channels: a status per channel, or per source where they are many. */
export function statusFrames(channels: readonly ChannelState[]): Frame[] {
  if (channels.length <= MAX_STATUSES) return channels.map((channel) => Frame.ofEvent('status', statusOf(channel)))
  const bySource = new Map<string, SourceStatus>()
  for (const { source, quality, cause, since } of channels) {
    bySource.set(`${source} ${quality} ${cause}`, { source, quality, cause, since })
  }
  return [...bySource.values()].map((status) => Frame.ofEvent('status', status))
}

export function statusOf({ name, source, epoch, quality, cause, since, seq }: ChannelState): Status {
  return { channel: name, source, epoch, quality, cause, since, lastSeq: seq }
}
