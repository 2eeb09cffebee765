import { NAMESPACE, UPDATES_EVENT } from '../protocol/server-events.ts'
import type { Frame } from './frame.ts'

const UPDATES_OPEN = `2${NAMESPACE},["${UPDATES_EVENT}",[`
const UPDATES_CLOSE = '],{"emitTime":'

/**
 * What a client of long-polling gets with its next request.
 *
 * Between two of its requests there are many flushes, and stock clients of some languages take no more than 16 packets
 * in one answer. So the updates of all of them become one event, as if they had been one flush.
 */
export class HeldFrames {
  #frames: Frame[] = []
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0
  }

  hold(frame: Frame): void {
    this.#frames.push(frame)
    this.#bytes += frame.jsonLength
  }

  /** Removes everything, and returns it as packets for Engine.IO's `write`, in order. */
  take(): string[] {
    const packets: string[] = []
    let joined: string[] = []
    let close = ''
    const endJoined = () => {
      if (joined.length > 0) packets.push(`${UPDATES_OPEN}${joined.join(',')}${close}`)
      joined = []
    }
    for (const frame of this.#frames) {
      const text = frame.socketIoText()
      if (text.startsWith(UPDATES_OPEN)) {
        const end = text.lastIndexOf(UPDATES_CLOSE)
        joined.push(text.slice(UPDATES_OPEN.length, end))
        close = text.slice(end)
      } else {
        endJoined()
        packets.push(text)
      }
    }
    endJoined()
    this.#frames = []
    this.#bytes = 0
    return packets
  }
}
