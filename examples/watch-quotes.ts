// Quotes of a market, one line a change, for as long as you like:
//
//   node examples/watch-quotes.ts http://localhost:8080 SIM:AAPL SIM:MSFT
//
// In a project of your own, import from 'tickcast/client'.
import { connect } from '../client/index.ts'

const [url = 'http://localhost:8080', ...symbols] = process.argv.slice(2)
const market = connect({ url })

market.onConnection((change) => console.error(change.state === 'connected' ? 'connected' : change.reason))

for (const symbol of symbols.length > 0 ? symbols : ['SIM:AAPL']) {
  market.quote(symbol).onChange(({ value, quality }) => {
    // A price is shown with how far it can be trusted, or not at all.
    if (value !== undefined) console.log(symbol, value.bid, value.ask, quality.quality, quality.cause)
  })
}
