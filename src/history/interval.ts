const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000
}
const INTERVAL = /^([1-9][0-9]{0,4})([smhdwM])$/

/**
 * Start of the interval that follows the one begun at `openTime`, ms; `undefined` when the interval is not understood.
 *
 * @param interval number and unit: `s`, `m`, `h`, `d`, `w`, or `M` for calendar months, UTC.
 */
export function intervalEnd(openTime: number, interval: string): number | undefined {
  const [, digits = '', unit = ''] = INTERVAL.exec(interval) ?? []
  const count = Number(digits)
  if (unit === 'M') {
    const open = new Date(openTime)
    return Date.UTC(open.getUTCFullYear(), open.getUTCMonth() + count, open.getUTCDate())
  }
  const unitMs = UNIT_MS[unit]
  return unitMs === undefined ? undefined : openTime + count * unitMs
}
