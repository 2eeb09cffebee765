import type { ChannelState } from '../broadcast/channel-state.ts'
import type { SourceStatus, Status } from '../protocol/server-events.ts'
import { Frame } from './frame.ts'
import { FrameGroup } from './frame-group.ts'

/** From so many channels on, news that concerns a whole source is told once, not per channel. */
export const MANY_CHANNELS = 100

/**
 * What clients are told of changed channels: a status for each.
 *
 * @param made those that were made at this moment already, for clients that hold some of the same channels.
 */
export function statusFrames(channels: readonly ChannelState[], made = new Map<ChannelState, Frame>()): FrameGroup {
  return new FrameGroup(
    channels.map((channel) => {
      const frame = made.get(channel) ?? Frame.ofEvent('status', statusOf(channel))
      made.set(channel, frame)
      return frame
    })
  )
}

/** What clients are told when all channels of a source have the same news. */
export function sourceStatusFrames({ source, quality, cause, since }: ChannelState): FrameGroup {
  const status: SourceStatus = { source, quality, cause, since }
  return new FrameGroup([Frame.ofEvent('status', status)])
}

function statusOf({ name, source, epoch, quality, cause, since, seq }: ChannelState): Status {
  return { channel: name, source, epoch, quality, cause, since, lastSeq: seq }
}
