import type { Tickerplant } from '../broadcast/tickerplant.ts'
import type { HistoryClient } from '../history/history-client.ts'
import { HistoryTap } from '../history/history-tap.ts'
import type { CreditDesk } from '../ingest/credit-desk.ts'
import { ProducerLink, type ProducerLinkOptions } from '../ingest/producer-link.ts'
import { type ChannelName, parseChannel } from '../protocol/channel.ts'
import type { DeclaredChannel } from '../protocol/port-messages.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { ProducerCommands } from '../threads/commands.ts'
import type { LifeConnection, Producer } from '../threads/producer.ts'
import { readOpenCandles } from './open-candles.ts'

export interface LifeParts {
  readonly tickerplant: Tickerplant
  readonly creditDesk: CreditDesk
  /** Absent when nothing is kept. */
  readonly history: HistoryClient | undefined
  readonly counters: Counters
  readonly log: Logger
  /** The channels of the producer are declared. */
  readonly onOpened: () => void
}

/** Joins one life of a producer to the tickerplant and to history. */
export function connectLife(
  producer: Producer,
  epoch: string,
  port: ProducerLinkOptions['port'],
  commands: ProducerCommands,
  parts: LifeParts
): LifeConnection {
  const { tickerplant, creditDesk, history, counters, log, onOpened } = parts
  const { spec } = producer
  const life = tickerplant.begin(spec.name, epoch)
  const tap = history && new HistoryTap(epoch, (ofEpoch, bytes) => history.offer(ofEpoch, bytes))
  // Of those that are declared before the first message.
  let symbols: ChannelName[] = []
  counters.producerStarts += 1
  const link = new ProducerLink({
    port,
    credit: producer.credit,
    grantCredit: (credit, batches, memory) => commands.grantCredit(credit, batches, memory),
    sink: {
      declare: (channels) => {
        const refused = tickerplant.declare(life, channels)
        tap?.declare(channels, refused)
        if (!producer.hasDelivered) symbols = [...symbols, ...tradedSymbols(channels)]
        if (refused.length > 0)
          log.warn(`${spec.name}: not its channels, or too many: ${refused.slice(0, 5).join(' ')}`)
      },
      accept: (batch) => {
        tap?.accept(batch)
        tickerplant.accept(life, batch)
      },
      rest: (channels) => tickerplant.rest(life, channels),
      rewind: () => tap?.rewind(),
      setQuality: (quality, cause, channels) => tickerplant.setQuality(life, quality, cause, channels)
    },
    listener: {
      onOpened: (threadId) => {
        producer.onOpened(threadId)
        onOpened()
        if (history !== undefined && isRestored(spec)) {
          readOpenCandles(history, symbols).then((candles) => commands.restore(candles))
        }
      },
      onBatch: (ingestTime) => producer.onBatch(ingestTime),
      onBeat: (beat) => countTotals(producer, counters, () => producer.onBeat(beat)),
      onLog: (level, text) => producer.onLog(level, text),
      onFinished: (totals) => countTotals(producer, counters, () => producer.onFinished(totals))
    }
  })
  creditDesk.links.add(link)
  return {
    owedCredit: () => link.owedCredit,
    close: () => {
      creditDesk.links.delete(link)
      link.close()
    }
  }
}

/** A recording begins anew in each life, at its own time; what was in progress goes on only where time goes on. */
export function isRestored({ feed }: Producer['spec']): boolean {
  return feed !== 'replay'
}

function tradedSymbols(channels: readonly DeclaredChannel[]): ChannelName[] {
  const names = channels.flatMap(({ name, form }) => (form === 'channel' ? (parseChannel(name) ?? []) : []))
  return names.filter(({ kind }) => kind === 'trade')
}

/** Adds what a message changes of a producer's totals to the counters of all. */
function countTotals(producer: Producer, counters: Counters, change: () => void): void {
  const before = producer.totals
  change()
  const { merged, dropped, inputErrors, pauses } = producer.totals
  counters.producerMessagesMerged += merged - before.merged
  counters.producerMessagesDropped += dropped - before.dropped
  counters.producerInputErrors += inputErrors - before.inputErrors
  counters.producerPauses += pauses - before.pauses
}
