const FIRST_DELAY_MS = 500
const MOST_DELAY_MS = 5_000

/**
 * How long to stay away after failures in a row: twice as long each time, up to a bound, and by chance up to half less,
 * so that the clients of a server that is back do not come all at once.
 *
 * @param random 0 ≤ x < 1.
 */
export function reconnectDelayMs(failures: number, random: number): number {
  const longestMs = Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures)
  return longestMs * (1 - random / 2)
}
