// A market in React: the top of a book, the last trades and candles, each as live as its data.
//
//   npx vite examples/react-page, and open it with ?server=http://localhost:8080
//   (let that origin in: npm start -- --cors-origin '*')
//
// In a project of your own, import from 'tickcast/client' and 'tickcast/react'.
import { createRoot } from 'react-dom/client'
import { connect } from '../../client/index.ts'
import { MarketProvider, useBook, useQuote, useTrades } from '../../client/react/index.ts'

const query = new URLSearchParams(location.search)
const market = connect({ url: query.get('server') ?? 'http://localhost:8080', transport: 'websocket' })
const symbols = (query.get('symbols') ?? 'SIM:AAPL,SIM:MSFT').split(',')

function Quote({ symbol }: { readonly symbol: string }) {
  const { value, quality } = useQuote(symbol)
  return (
    <tr data-symbol={symbol} style={{ opacity: quality.quality === 'live' ? 1 : 0.5 }}>
      <th scope="row">{symbol}</th>
      <td className="bid">{value?.bid}</td>
      <td className="ask">{value?.ask}</td>
      <td className="quality">{quality.cause === 'none' ? quality.quality : `${quality.quality}: ${quality.cause}`}</td>
    </tr>
  )
}

function Book({ symbol }: { readonly symbol: string }) {
  const { value } = useBook(symbol, { depth: 5 })
  const { value: trades = [] } = useTrades(symbol, { keep: 5 })
  return (
    <section aria-label={symbol}>
      <h2>{symbol}</h2>
      <p className="spread">spread {value?.spread}</p>
      <ol className="asks">
        {value?.asks.map(([price, size]) => (
          <li key={price}>
            {price} × {size}
          </li>
        ))}
      </ol>
      <ul className="trades">
        {trades.map(({ id, price, size, side }) => (
          <li key={id}>
            {side} {size} at {price}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Page() {
  return (
    <MarketProvider market={market}>
      <table>
        <tbody>
          {symbols.map((symbol) => (
            <Quote key={symbol} symbol={symbol} />
          ))}
        </tbody>
      </table>
      <Book symbol={symbols[0] ?? ''} />
    </MarketProvider>
  )
}

const root = document.querySelector('#root')
if (root !== null) createRoot(root).render(<Page />)
