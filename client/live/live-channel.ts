import type { Update } from '../../src/protocol/server-events.ts'
import type { FeedHub } from '../feed-hub.ts'
import { Live, type LiveOptions } from './live.ts'

/** The newest update of any channel, e.g. of a kind that only its producer and its clients know. */
export class LiveChannel extends Live<Update> {
  #value: Update | undefined

  constructor(hub: FeedHub, channel: string, options: LiveOptions) {
    super(hub, channel.split(':').slice(1, 3).join(':'))
    this.hold(channel, options)
  }

  get value(): Update | undefined {
    return this.#value
  }

  protected take(update: Update): void {
    this.#value = update
  }
}
