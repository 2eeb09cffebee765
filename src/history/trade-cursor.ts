import { HistoryError } from './history-error.ts'

/** The place of a trade in the order of its channel. */
export interface TradeCursor {
  /** Venue clock, ms. */
  readonly time: number
  /** Number of the epoch in this database. */
  readonly epoch: number
  readonly seq: number
}

const CURSOR = /^(\d{1,16})\.(\d{1,16})\.(\d{1,16})$/

/** The cursor as text, for whoever asks for the next page. */
export function cursorText({ time, epoch, seq }: TradeCursor): string {
  return `${time}.${epoch}.${seq}`
}

/** @throws HistoryError `bad_cursor`. */
export function cursorOf(text: string): TradeCursor {
  const [, time, epoch, seq] = CURSOR.exec(text) ?? []
  if (time === undefined) {
    throw new HistoryError(`before must be that of an earlier page, was ${JSON.stringify(text.slice(0, 64))}`, {
      code: 'bad_cursor'
    })
  }
  return { time: Number(time), epoch: Number(epoch), seq: Number(seq) }
}
