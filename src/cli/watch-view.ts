import type { WriteStream } from 'node:tty'
import type { MarketConnection } from '../../client/market-connection.ts'
import type { Update } from '../protocol/server-events.ts'
import { TerminalScreen } from './terminal-screen.ts'
import { WatchRows } from './watch-rows.ts'
import { watchTable } from './watch-table.ts'

/** Shows a market to the user until it is stopped. */
export interface WatchView {
  /** Called before the first event of a connection. */
  attach(connection: MarketConnection, origins: readonly string[]): void
  /** Called when the subscription was answered, with what was refused. */
  start(refusals: readonly string[]): void
  show(update: Update): void
  showGap(channel: string): void
  stop(): void
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
    attach(connection) {
      connection.onConnection((change) => {
        if (change.state !== 'connected') warn(`no connection: ${change.reason}`)
      })
      connection.onNotice(({ name, message }) => warn(`${name}: ${message}`))
    },
    start: (refusals) => refusals.forEach(warn),
    show: (update) => void process.stdout.write(`${JSON.stringify(update)}\n`),
    showGap: (channel) => warn(`${channel}: updates are missing, asked for its snapshot`),
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
  const screen = new TerminalScreen(terminal, () => {
    const drawn = rows.rows(performance.now())
    const { channelCount, ratePerSecond } = rows
    const header = { url, connection: connectionText, origins, channelCount, ratePerSecond, gaps, notice }
    return watchTable(header, drawn, terminal)
  })
  return {
    attach(connection, known) {
      origins = known
      connection.onConnection((change) => {
        rows.noteConnection(change.state === 'connected')
        connectionText = change.state === 'connected' ? 'connected' : `no connection (${change.reason})`
      })
      connection.onAnswer((reply) => rows.noteAnswer(reply))
      connection.onStatus((status) => rows.noteStatus(status))
      connection.onNotice(({ name, message }) => {
        notice = `${name}: ${message}`
      })
    },
    start(refusals) {
      notice = refusals.join('; ')
      screen.start()
    },
    show: (update) => rows.apply(update, performance.now()),
    showGap(channel) {
      gaps += 1
      rows.noteGap(channel)
    },
    stop: () => screen.stop()
  }
}
