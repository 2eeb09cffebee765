import type { Ending } from '../market-error.ts'

/** How a wire ended. */
export interface WireEnd {
  readonly reason: string
  /** False when the server does not want to see this client again, or cannot. */
  readonly isComingBack: boolean
  /** The code of the protocol, where there is one. */
  readonly ending?: Ending | undefined
}

/** What a wire tells, in the order it happened. Nothing follows the end. */
export interface WireEvents {
  onOpen(): void
  onEvent(name: string, args: readonly unknown[]): void
  /** The answer to the request of this number. */
  onAnswer(id: number, answer: unknown): void
  onEnd(end: WireEnd): void
}

export interface WireAddress {
  /** `http://HOST:PORT`, without a path. */
  readonly url: string
  readonly token: string | undefined
}

/** One connection through one door of the server, until it ends: it does not come back by itself. */
export interface Wire {
  /** Sends a request; only while it is open. */
  request(name: string, payload: unknown, id: number): void
  /** Ends it without a further word, also one that does not answer any more. */
  close(): void
}

/** @param isDetour the direct way led nowhere last time: begin with another one, if there is. */
export type OpenWire = (address: WireAddress, events: WireEvents, isDetour: boolean) => Wire
