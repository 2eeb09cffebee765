import type { Connection } from './connection.ts'
import type { Subscriber } from './subscriber.ts'
import type { Wire } from './wire.ts'

/** A connection, as far as writing to it goes. */
export type Wired = Pick<Connection, 'wire'>

/**
 * Brings what a write to a client needs near to the processor, for several clients side by side.
 *
 * What the server keeps of a client is a chain of small objects all over the heap: the subscriber, its connection, the
 * wire, the handle and libuv's part of it. With many clients none of them is in the processor's cache any more when the
 * next write comes, and to follow the chain means to wait for memory at each link. So the chains are followed before,
 * link by link for all of them: these reads do not depend on one another, and the processor has many of them under way
 * at a time.
 */
export class ReadAhead {
  readonly #connections: (Connection | undefined)[] = []
  readonly #wires: (Wire | undefined)[] = []

  /** @param members of which the first `count` are meant. */
  read(members: readonly (Subscriber | undefined)[], count: number): void {
    const connections = this.#connections
    for (let n = 0; n < count; n++) connections[n] = (members[n] as Subscriber).connection
    this.readWires(connections, count)
  }

  /** @param connections of which the first `count` are meant. */
  readWires(connections: readonly (Wired | undefined)[], count: number): void {
    const wires = this.#wires
    for (let n = 0; n < count; n++) wires[n] = (connections[n] as Wired).wire
    for (let n = 0; n < count; n++) wires[n]?.look()
  }

  /** Keeps nobody in memory who leaves. */
  forget(): void {
    this.#connections.fill(undefined)
    this.#wires.fill(undefined)
  }
}
