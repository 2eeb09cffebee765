import { ChannelState } from '../../../src/broadcast/channel-state.ts'
import { Journal } from '../../../src/broadcast/journal.ts'
import { Cohort } from '../../../src/gateway/cohort.ts'
import { Frame } from '../../../src/gateway/frame.ts'
import { HeartbeatTimes } from '../../../src/gateway/heartbeat-times.ts'
import { PlacedMessages } from '../../../src/gateway/placed-messages.ts'
import { SlowClients } from '../../../src/gateway/slow-clients.ts'
import { StreamWriter } from '../../../src/gateway/stream-writer.ts'
import type { Subscriber } from '../../../src/gateway/subscriber.ts'
import { WriteBatch } from '../../../src/gateway/write-batch.ts'
import { createCounters } from '../../../src/telemetry/counters.ts'
import { segmentOf } from '../../support/segments.ts'

const CHANNEL = new ChannelState(0, 'news:LAB:A', 'channel', 'event', 'lab', 'e')

/** What writes a stream to these clients, of whom each follows every flush, and each has its turn of the heartbeats. */
export function openStream(members: readonly Subscriber[]) {
  const counters = createCounters()
  const limits = { maxBacklogBytes: 1e9, maxClientKbps: 0, slowCloseMs: 1_000 }
  const slowClients = new SlowClients({ counters, journal: new Journal(1_000), ...limits, now: () => 0 })
  const heartbeatTimes = new HeartbeatTimes()
  for (const member of members) member.place = heartbeatTimes.add()
  let beats = 0
  const heartbeat = () => Frame.ofEvent('heartbeat', { beat: ++beats })
  const writer = new StreamWriter({ counters, slowClients, heartbeatTimes, heartbeat })
  return { counters, heartbeatTimes, writer, batch: new WriteBatch(writer, () => true) }
}

/** A cohort for which a flush has one message, of a number and a length. */
export function cohortWith(seq: number, length = 0): Cohort {
  const { segment, index } = segmentOf(CHANNEL, { seq, data: 'x'.repeat(length) })
  const messages = PlacedMessages.of({ segments: [segment], indexes: [index] })
  const cohort = new Cohort(0, 'any', new Set([CHANNEL]))
  cohort.give(messages, undefined, 0, 1, segment.size(index))
  return cohort
}
