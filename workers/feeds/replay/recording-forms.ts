import { BINANCE_RECORDING } from './binance-recording.ts'
import type { RecordingForm } from './normaliser.ts'
import { TICKCAST_RECORDING } from './tickcast-recording.ts'

/** Every form that can be replayed; the first that accepts a file reads it. */
export const RECORDING_FORMS: readonly RecordingForm[] = [TICKCAST_RECORDING, BINANCE_RECORDING]
