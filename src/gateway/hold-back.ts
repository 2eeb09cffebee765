import type { WebSocket } from 'ws'

/** Time between two looks at a client that is not read from, ms. */
const LOOK_MS = 50

/** What of a WebSocket is needed to stop reading from it for a while. */
type Readable = Pick<WebSocket, 'on' | 'off' | 'pause' | 'resume' | 'isPaused' | 'readyState' | 'OPEN'>

/**
 * Reads nothing more from a client that does not read what it is answered, until it has: what a client can ask for is
 * bounded by what it takes, and TCP keeps the rest from being sent. Pings count, since each is answered with a pong.
 *
 * @param backlogBytes bytes handed to the client that it has not taken yet.
 * @returns how to let it be.
 */
export function holdBack(socket: Readable, backlogBytes: () => number, maxBacklogBytes: number): () => void {
  const look = () => {
    if (socket.isPaused || backlogBytes() <= maxBacklogBytes) return
    socket.pause()
    const timer = setInterval(() => {
      if (socket.readyState === socket.OPEN && backlogBytes() * 4 > maxBacklogBytes) return
      clearInterval(timer)
      socket.resume()
    }, LOOK_MS)
    timer.unref()
  }
  socket.on('message', look)
  socket.on('ping', look)
  return () => {
    socket.off('message', look)
    socket.off('ping', look)
  }
}
