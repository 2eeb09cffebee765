import type { Feed, LiveQuality } from './feed.ts'

/** What concerns the whole connection: it is lost, this client reads too slowly, or (`live`) nothing. */
export type Doubt = Pick<LiveQuality, 'quality' | 'cause' | 'sinceMs'>

export function doubtNow(quality: LiveQuality['quality'], cause: string): Doubt {
  return { quality, cause, sinceMs: Date.now() }
}

/** What the server says of a channel, unless something between it and here gives more reason for doubt. */
export function qualityOf(feed: Feed, doubt: Doubt, isBroken: boolean): LiveQuality {
  const { refusal, epoch, isAnswered, awaitsSnapshot, receivedMs: lastUpdateMs, quality, cause, sinceMs } = feed
  const recovering = (why: string, since = sinceMs): LiveQuality => {
    return { quality: 'recovering', cause: why, sinceMs: since, lastUpdateMs }
  }
  if (doubt.quality === 'disconnected') return { ...doubt, lastUpdateMs }
  if (refusal !== undefined) return { quality: 'stale', cause: refusal.name, sinceMs, lastUpdateMs }
  if (!isAnswered && epoch !== undefined) return recovering('resync', doubt.sinceMs)
  // What the server doubts is doubtful here, too, and for a better reason.
  if (quality === 'live') {
    if (awaitsSnapshot) return recovering('resync')
    if (isBroken) return recovering('gap')
    if (doubt.quality === 'delayed') return { ...doubt, lastUpdateMs }
  }
  return { quality, cause, sinceMs, lastUpdateMs }
}
