import type { OutboxTotals } from '../protocol/port-messages.ts'

const NOTHING: OutboxTotals = { published: 0, merged: 0, dropped: 0, inputErrors: 0, pauses: 0 }

/** What a producer has sent, over all its lives; each life tells its own totals. */
export class LifeTotals {
  #earlier = NOTHING
  #present = NOTHING

  get all(): OutboxTotals {
    return sum(this.#earlier, this.#present)
  }

  /** Takes the totals of the present life. */
  note(totals: OutboxTotals): void {
    this.#present = totals
  }

  endLife(): void {
    this.#earlier = this.all
    this.#present = NOTHING
  }
}

function sum(a: OutboxTotals, b: OutboxTotals): OutboxTotals {
  return {
    published: a.published + b.published,
    merged: a.merged + b.merged,
    dropped: a.dropped + b.dropped,
    inputErrors: a.inputErrors + b.inputErrors,
    pauses: a.pauses + b.pauses
  }
}
