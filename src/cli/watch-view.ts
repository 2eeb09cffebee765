import type { WriteStream } from 'node:tty'
import type { Gap, Market, Update } from '../../client/index.ts'
import type { MarketSession } from './market-session.ts'
import { TerminalScreen } from './terminal-screen.ts'
import { WatchRows } from './watch-rows.ts'
import { watchTable } from './watch-table.ts'

/** Shows a market to the user until it is stopped. */
export interface WatchView {
  /** Called before the first event of a connection. */
  attach(market: Market, origins: readonly string[]): void
  /** Called when the subscriptions were answered. */
  start(session: MarketSession): void
  show(update: Update): void
  stop(): void
}

const GAPS: Readonly<Record<Gap['cause'], string>> = {
  hole: 'updates are missing, asked for its snapshot',
  restart: 'its producer began a new life, updates may be missing',
  resync: 'updates may be missing since the connection was lost',
  skipped: 'events were left out'
}

/**
 * One JSON line per update on the standard output; whatever else happens goes to the standard error.
 *
 * @param onClosed The reader of the pipe went away, as `head` does.
 */
export function lineView(onClosed: () => void): WatchView {
  const warn = (text: string): void => void process.stderr.write(`${text}\n`)
  process.stdout.on('error', onClosed)
  return {
    attach(market) {
      market.onConnection((change) => {
        if (change.state === 'down') warn(`no connection: ${change.reason}`)
      })
      market.onNotice(({ name, message }) => warn(`${name}: ${message}`))
    },
    start({ subscriptions, refusals }) {
      refusals.forEach(warn)
      for (const subscription of subscriptions) {
        subscription.onGap(({ channel, cause }) => warn(`${channel}: ${GAPS[cause]}`))
      }
    },
    show: (update) => void process.stdout.write(`${JSON.stringify(update)}\n`),
    stop: () => void process.stdout.off('error', onClosed)
  }
}

/** The live table. */
export function tableView(url: string, terminal: WriteStream): WatchView {
  const rows = new WatchRows(performance.now())
  let origins: readonly string[] = []
  let connectionText = 'connecting'
  let notice = ''
  let gaps = 0
  let subscriptions: MarketSession['subscriptions'] = []
  const screen = new TerminalScreen(terminal, () => {
    const qualities = new Map(
      subscriptions.flatMap((subscription) =>
        subscription.channels.map((channel) => [channel, subscription.quality(channel)] as const)
      )
    )
    const drawn = rows.rows(performance.now(), qualities)
    const { channelCount, ratePerSecond } = rows
    const header = { url, connection: connectionText, origins, channelCount, ratePerSecond, gaps, notice }
    return watchTable(header, drawn, terminal)
  })
  return {
    attach(market, known) {
      origins = known
      market.onConnection((change) => {
        connectionText = change.state === 'connected' ? 'connected' : `no connection (${change.reason})`
      })
      market.onNotice(({ name, message }) => {
        notice = `${name}: ${message}`
      })
    },
    start(session) {
      subscriptions = session.subscriptions
      notice = session.refusals.join('; ')
      for (const subscription of subscriptions) {
        subscription.onGap(() => {
          gaps += 1
        })
      }
      screen.start()
    },
    show: (update) => rows.apply(update, performance.now()),
    stop: () => screen.stop()
  }
}
