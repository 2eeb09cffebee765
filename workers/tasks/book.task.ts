import { type BookJob, presentBook } from '../../src/market/order-book-present.ts'

/** Puts the newest state of a book together from its snapshot and deltas; a deep book takes milliseconds to parse. */
export default function book(job: BookJob): string {
  return presentBook(job)
}
