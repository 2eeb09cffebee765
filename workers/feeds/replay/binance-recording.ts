import { BinanceNormaliser } from '../binance/binance-normaliser.ts'
import type { LineOutcome, Normaliser, RecordingForm } from './normaliser.ts'

const RECEIVE_TIME_DIGITS = /^[0-9]{19}$/
const LINE = /^[0-9]{19} \{/

/**
 * Raw Binance sessions: `<receive time, ns since the Unix epoch> <frame>` a line, the frame as the combined stream sent
 * it, or the body of the REST depth snapshot where it arrived.
 */
export const BINANCE_RECORDING: RecordingForm = {
  name: 'Binance frames ("<receive time in ns> <frame>" a line)',
  accepts: (firstLines) => firstLines.some((line) => LINE.test(line)),
  createNormaliser: (recovering) => new BinanceRecording(recovering)
}

class BinanceRecording implements Normaliser {
  readonly #frames: BinanceNormaliser

  constructor(recovering: ReadonlySet<string>) {
    this.#frames = new BinanceNormaliser({ recovering })
  }

  get channels(): ReadonlySet<string> {
    return this.#frames.channels
  }

  get ignoredCount(): number {
    return this.#frames.ignoredCount
  }

  push(line: string): LineOutcome {
    const time = line.slice(0, 19)
    if (line[19] !== ' ' || !RECEIVE_TIME_DIGITS.test(time))
      return { problem: 'expected "<receive time in ns> <frame>"' }
    // A double holds today's nanoseconds to 256 ns, far below what a timer can pace.
    const receiveTimeMs = Number(time) / 1_000_000
    const messages = this.#frames.frame(line.slice(20), receiveTimeMs)
    return 'problem' in messages ? messages : { receiveTimeMs, messages }
  }
}
