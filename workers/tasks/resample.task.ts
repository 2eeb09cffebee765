import { type ResampleJob, resamplePage } from '../../src/market/resample.ts'
import type { FilledPage } from '../../src/market/resample-fill.ts'

/** Makes a page of stored candles coarser, and fills its gaps. */
export default function resample(job: ResampleJob): FilledPage {
  return resamplePage(job)
}
