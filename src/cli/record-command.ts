import { Command } from 'commander'
import type { Market, Update } from '../../client/index.ts'
import { isReservedEvent } from '../protocol/plain-event.ts'
import { RECORDING_VERSION, type RecordedEvent, type RecordedUpdates } from '../protocol/recording.ts'
import { openSession } from './market-session.ts'
import { channelPattern, DEFAULT_URL, positiveNumber, serverUrl } from './option-values.ts'
import { RecordProgress } from './record-progress.ts'
import { RecordingFile } from './recording-file.ts'
import { probeServer } from './server-probe.ts'
import { aborted, stopController } from './stop-signal.ts'

interface RecordOptions {
  readonly url: string
  readonly channels?: readonly string[]
  readonly seconds?: number
  readonly maxMb?: number
  readonly force?: true
}

const ALL_CHANNELS = '*:*:*'
const BYTES_PER_MB = 1_000_000

/** `tickcast record`: writes what a running server sends into a file that `serve --feed replay:FILE` plays. */
export function recordCommand(): Command {
  return new Command('record')
    .description('write what a running server sends into a file, to be replayed with serve --feed replay:FILE')
    .argument('<file>', 'NDJSON file to make; compressed when its name ends in .gz')
    .option('--url <url>', 'address of the server', serverUrl, DEFAULT_URL)
    .option('--channels <patterns...>', `channels or patterns (default: '${ALL_CHANNELS}')`, channelPattern)
    .option('--seconds <s>', 'stop after so many seconds', positiveNumber)
    .option('--max-mb <MB>', 'stop when the file holds so many megabytes (1 MB = 1,000,000 bytes)', positiveNumber)
    .option('--force', 'overwrite the file if it exists')
    .action(record)
}

async function record(path: string, options: RecordOptions): Promise<void> {
  const { url, channels = [ALL_CHANNELS], seconds, maxMb = Number.POSITIVE_INFINITY, force = false } = options
  const stop = stopController()
  await probeServer(url)
  const file = await RecordingFile.create(path, force)
  const progress = new RecordProgress(file)
  file.write({ tickcast: RECORDING_VERSION, recordedAt: Date.now(), source: url })

  const prepare = (market: Market): void => {
    tap(market, (line) => {
      if (stop.signal.aborted) return
      if (file.write(line)) progress.note(line)
      else stop.abort()
      if (file.bytesWritten >= maxMb * BYTES_PER_MB) stop.abort()
    })
    market.onConnection((change) => {
      if (change.state === 'down') progress.say(`no connection: ${change.reason}`)
    })
    market.onNotice(({ name, message }) => progress.say(`${name}: ${message}`))
  }
  // What the subscriptions say is written as it comes; that they mend holes keeps the recording fit for replay.
  const session = await openSession(url, channels, prepare, () => undefined).catch(async (error: unknown) => {
    await file.discard()
    throw error
  })

  for (const refusal of session.refusals) progress.say(refusal)
  progress.start()
  const limit = seconds === undefined ? undefined : setTimeout(() => stop.abort(), seconds * 1_000)
  await aborted(stop.signal)
  clearTimeout(limit)
  session.market.close()
  await file.close()
  progress.stop()
}

/** Hands on every event that a recording holds, as it came. */
function tap(market: Market, take: (line: RecordedUpdates | RecordedEvent) => void): void {
  market.onEvent((name, [first]) => {
    if (name === 'updates') take({ t: receiveTimeMs(), e: 'updates', u: first as readonly Update[] })
    else if (!isReservedEvent(name)) take({ t: receiveTimeMs(), e: name, d: first })
  })
}

/** The wall clock at the start, and monotonic from there: a replay must never see time run backwards. */
function receiveTimeMs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 100) / 100
}
