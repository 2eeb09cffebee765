import type { Socket as EngineSocket } from 'engine.io'

/** What Engine.IO keeps for its pings, and does not document. */
interface EnginePings {
  pingIntervalTimer: NodeJS.Timeout | undefined
  sendPacket(type: 'ping'): void
  onClose(reason: 'ping timeout'): void
}

/** What Engine.IO does about pings when it is told to. */
export interface TakenPings {
  /** Sends one, whatever the transport. */
  readonly send: () => void
  /** Ends a connection that has not answered. */
  readonly end: () => void
}

const taken = new WeakSet<EngineSocket>()

/**
 * Has Engine.IO ping a connection no more, because somebody else does.
 *
 * It has a timer for each connection: those that came at once are pinged at once, and each ping wakes the process and takes
 * the whole way through Engine.IO. Answers go on being told by its event `heartbeat`.
 *
 * @returns `undefined` when it works otherwise than expected, and goes on by itself.
 */
export function takePings(engine: EngineSocket): TakenPings | undefined {
  const inside = engine as unknown as Partial<EnginePings>
  const { pingIntervalTimer } = inside
  const pings = { send: () => inside.sendPacket?.('ping'), end: () => inside.onClose?.('ping timeout') }
  // A client can leave the namespace and come back on the same connection.
  if (taken.has(engine)) return pings
  const isKnown = typeof inside.sendPacket === 'function' && typeof inside.onClose === 'function'
  if (!isKnown || typeof pingIntervalTimer?.refresh !== 'function') return undefined
  clearTimeout(pingIntervalTimer)
  // With an answer it would start its timer again.
  inside.pingIntervalTimer = undefined
  taken.add(engine)
  return pings
}
