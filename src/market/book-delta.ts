import type { Book } from '../protocol/market-data.ts'
import { mergeLevels, sortLevels } from './levels.ts'

/**
 * Makes one delta that changes a book as `older` and then `newer` would.
 *
 * Sizes are absolute, so the newest size of each price is all that is needed; a removal (size `"0"`) stays in the
 * result, because the book may hold the level from before. The result tells the venue's id and checksum of `newer`,
 * whose state it leads to.
 */
export function mergeDeltas(older: Book, newer: Book): Book {
  return {
    bids: mergeLevels('bids', sortLevels('bids', older.bids), sortLevels('bids', newer.bids)),
    asks: mergeLevels('asks', sortLevels('asks', older.asks), sortLevels('asks', newer.asks)),
    ...(newer.venueSeq === undefined ? {} : { venueSeq: newer.venueSeq }),
    ...(newer.checksum === undefined ? {} : { checksum: newer.checksum })
  }
}
