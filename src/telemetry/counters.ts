/**
 * Every counter of the main thread: the one place that names them.
 *
 * The hot path adds to plain numbers; the metrics page reads them when it is scraped. A name here becomes
 * `tickcast_<name in snake case>_total`.
 */
export const COUNTERS = {
  messagesReceived: 'Messages taken in from producers',
  batchesReceived: 'Port batches taken in from producers',
  bytesReceived: 'Bytes of message JSON taken in from producers',
  messagesQueued: 'Messages that entered the queue',
  messagesMerged: 'State messages replaced in the queue by a newer one of their channel',
  messagesDropped: 'Event messages refused by a full queue; each is part of an explicit gap',
  messagesFlushed: 'Messages that left the queue to be sent',
  flushes: 'Flushes of the queue',
  ingestGaps: 'Holes in the sequence of a channel as producers sent it',
  updatesDelivered: 'Updates handed to client connections (messages times subscribers)',
  framesWritten: 'Frames handed to client connections',
  bytesWritten: 'Bytes handed to client connections',
  resumesRecovered: 'Resumed channels of which everything missed was proven to be there, and sent',
  resumesRefused: 'Resumed channels of which something missed was gone; answered with a snapshot',
  snapshotsSent: 'Snapshots sent to joining or returning clients',
  rateMessagesMerged: 'State messages that a newer one stood for at a lower rate; once for each rate that clients take',
  clientUpdatesMerged: 'State updates not sent one by one to a slow client, because a newer one stood for them',
  clientUpdatesDropped: 'Event updates not sent to a slow client; each is part of an explicit gap',
  clientGaps: 'Explicit gaps told to clients',
  slowClientEpisodes: 'Times a client fell behind its backlog limit',
  slowClientsRecovered: 'Times a client that had fallen behind caught up with the stream',
  bandwidthCaps: 'Times the subscriptions of a client needed more than the cap on bandwidth',
  slowClientsClosed: 'Clients closed because they stayed behind too long',
  connectionsOpened: 'Client connections accepted',
  connectionsClosed: 'Client connections ended, whatever the reason',
  connectionsRefused: 'Client connections refused at a limit',
  operatorsRefused: 'Connections of operators refused: no or a wrong token, not from the machine itself, or too many',
  requestsServed: 'Control requests of clients answered',
  requestsRefused: 'Control requests of clients answered with an error code',
  channelsWoken: 'Times a channel on demand was asked of its producer for its first subscriber',
  channelsRested: 'Times a channel on demand was given up, its last subscriber gone for a while',
  channelsNotOffered: 'Channels on demand not offered: another producer publishes them, or there are too many channels',
  producerMessagesMerged: 'State messages merged in producer threads for want of credit',
  producerMessagesDropped: 'Event messages dropped in producer threads for want of credit; each is part of a gap',
  producerInputErrors: 'Malformed inputs that feeds refused',
  producerPauses: 'Times a feed that can pause was paused for want of credit',
  producerStarts: 'Producer threads started, restarts included',
  producerFailures: 'Producer threads that died or hung',
  historyBatchesKept: 'Batches of trades and candles handed over to be written',
  historyBatchesDropped: 'Batches not written, because too much waited or threads died over them; each leaves a hole',
  historyTradesWritten: 'Trades written to history',
  historyCandlesWritten: 'Candles written to history; several states of one candle in a transaction are one',
  historyDuplicates: 'Updates that history held already',
  historyUpdatesRefused: 'Updates that history refused, because they have not the documented form',
  historyHoles: 'Holes noted in history',
  historyRowsPruned: 'Rows dropped from history because of their age',
  historyWriteFailures: 'Transactions of history that failed and were tried again',
  historyThreadFailures: 'History threads that died and were replaced',
  historyFilesSetAside: 'Damaged history files that were set aside',
  historyQueries: 'Questions to history',
  historyQueriesRefused: 'Questions refused, because too many were under way or history was not ready',
  historyQueriesGivenUp: 'Questions given up, because they took too long or nobody wanted the answer any more',
  jobsDone: 'Jobs (resampling, indicators, books) that ran to their end',
  jobsRefused: 'Jobs not taken, because too many waited; answered with 503',
  jobsCancelled: 'Jobs whose output nobody wanted any more',
  jobsFailed: 'Jobs that threw, took too long, or whose thread died',
  logLinesDropped: 'Log lines not written, because the reader of the log is too slow'
} as const

export type CounterName = keyof typeof COUNTERS

/** The numbers themselves; only the main thread writes them. */
export type Counters = Record<CounterName, number>

/** All counters at zero, with a stable shape so that adding to one stays cheap. */
export function createCounters(): Counters {
  return Object.fromEntries(Object.keys(COUNTERS).map((name) => [name, 0])) as Counters
}
