/** `1 file`, `1,234 files`; a plural that is not made with an s is given. */
export function amountOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : plural}`
}
