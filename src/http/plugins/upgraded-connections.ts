import type { Duplex } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import type { RouteApp } from '../route-app.ts'

/** Time that WebSockets have to close of themselves when the server closes, and between two looks at them, ms. */
const graceMs = 500
const lookMs = 10

/**
 * Ends the WebSockets that are left when the server closes, which otherwise waits for them: a client that has gone
 * silent never answers that it was told to go.
 */
export function addUpgradedConnections(app: RouteApp): void {
  const sockets = new Set<Duplex>()
  app.server.on('upgrade', (_request, socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  app.addHook('preClose', async () => {
    const endMs = performance.now() + graceMs
    while (sockets.size > 0 && performance.now() < endMs) await setTimeout(lookMs)
    for (const socket of sockets) socket.destroy()
  })
}
