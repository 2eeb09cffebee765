/** The intervals that the chart can offer, finest first. */
export const INTERVALS = ['1s', '1m', '3m', '5m', '15m', '30m', '1h', '4h', '1d', '1w', '1M'] as const
export type ChartInterval = (typeof INTERVALS)[number]
