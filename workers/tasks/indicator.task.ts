import { type IndicatorJob, type IndicatorSeries, indicatorSeries } from '../../src/market/indicator-series.ts'

/** Computes an indicator over a range of candles. */
export default function indicator(job: IndicatorJob): IndicatorSeries {
  return indicatorSeries(job)
}
