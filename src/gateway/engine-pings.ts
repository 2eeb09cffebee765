import type { Socket as EngineSocket } from 'engine.io'

/** What Engine.IO keeps for its pings, and does not document. */
interface EnginePings {
  pingIntervalTimer: NodeJS.Timeout | undefined
  sendPacket(type: 'ping'): void
}

const taken = new WeakSet<EngineSocket>()

/**
 * Has Engine.IO ping a connection no more, because somebody else does.
 *
 * It has a timer for each connection: those that came at once are pinged at once, and each ping wakes the process and takes
 * the whole way through Engine.IO. Answers go on being told by its event `heartbeat`.
 *
 * @returns how to send one by way of Engine.IO; `undefined` when it works otherwise than expected, and goes on by itself.
 */
export function takePings(engine: EngineSocket): (() => void) | undefined {
  const inside = engine as unknown as Partial<EnginePings>
  const { pingIntervalTimer } = inside
  const sendPing = () => inside.sendPacket?.('ping')
  // A client can leave the namespace and come back on the same connection.
  if (taken.has(engine)) return sendPing
  if (typeof pingIntervalTimer?.refresh !== 'function' || typeof inside.sendPacket !== 'function') return undefined
  clearTimeout(pingIntervalTimer)
  // With an answer it would start its timer again.
  inside.pingIntervalTimer = undefined
  taken.add(engine)
  return sendPing
}
