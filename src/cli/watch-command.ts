import { Command } from 'commander'
import type { Update } from '../../client/index.ts'
import { openSession } from './market-session.ts'
import { channelPattern, DEFAULT_URL, positiveInteger, serverUrl } from './option-values.ts'
import { probeServer } from './server-probe.ts'
import { aborted, stopController } from './stop-signal.ts'
import { lineView, tableView } from './watch-view.ts'

interface WatchOptions {
  readonly url: string
  readonly count?: number
}

/** `tickcast watch`: a live table of channels, or a line per update where there is no terminal. */
export function watchCommand(): Command {
  return new Command('watch')
    .description('show channels of a running server: a live table, or one JSON line per update in a pipe')
    .argument('<channels...>', "channels or patterns, e.g. 'quote:SIM:*'", channelPattern)
    .option('--url <url>', 'address of the server', serverUrl, DEFAULT_URL)
    .option('--count <updates>', 'stop after so many updates', positiveInteger)
    .action(watch)
}

async function watch(
  channels: readonly string[],
  { url, count = Number.POSITIVE_INFINITY }: WatchOptions
): Promise<void> {
  const stop = stopController()
  const view = process.stdout.isTTY ? tableView(url, process.stdout) : lineView(() => stop.abort())
  const origins = await probeServer(url)
  let shown = 0
  const onUpdate = (update: Update): void => {
    if (shown >= count) return
    shown += 1
    view.show(update)
    if (shown >= count) stop.abort()
  }
  const session = await openSession(url, channels, (market) => view.attach(market, origins), onUpdate)
  view.start(session)
  await aborted(stop.signal)
  view.stop()
  session.market.close()
}
