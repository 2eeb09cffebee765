/** Texts that need one to four bytes a character, and characters that JSON and HTML escape. */
const WORDS = ['alpha', 'größe', 'цена', '価格', '🚀🪙', '\u2028', '"\\/<&', 'e\u0301', '\u0000\u001f', 'שער']

/** The text of the `n`th message: every reader can say what it has to be; now and then longer than a short frame. */
export function newsOf(n: number): string {
  const word = WORDS[n % WORDS.length] ?? ''
  const times = n % 401 === 0 ? 20_000 : n % 97 === 0 ? 600 : n % 13
  return `${n} ${word.repeat(times)}`
}

/** A producer file that publishes numbered news on these channels, and plain events beside them, from 1 to `last`. */
export function newsProducer(channels: readonly string[], last: number, perTurn: number): string {
  return `
    const WORDS = ${JSON.stringify(WORDS)}
    ${newsOf.toString()}
    export default {
      canPause: true,
      channels: ${JSON.stringify(channels.map((channel) => ({ channel, contract: 'event' })))},
      async *messages() {
        for (let n = 1; n <= ${last}; n++) {
          for (const channel of ${JSON.stringify(channels)}) yield { channel, data: { n, text: newsOf(n) } }
          if (n % 50 === 0) yield { on: 'größe', data: newsOf(n) }
          if (n % ${perTurn} === 0) await new Promise((resolve) => setTimeout(resolve, 5))
        }
        await new Promise(() => setInterval(() => undefined, 60_000))
      }
    }`
}
