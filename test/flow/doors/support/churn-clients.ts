import { io } from 'socket.io-client'
import { Random } from './random.ts'

/**
 * A process of clients that come and go: some say goodbye, some vanish, some before they were answered.
 *
 * `node churn-clients.ts URL COUNT SEED` ends with code 0 when all of them are gone.
 */
const [, , url = '', count = '0', seed = '1'] = process.argv
const AT_ONCE = 50
const PATH = '/ws/rt_market'
const WISHES: readonly (readonly unknown[])[] = [
  ['quote:SIM:*'],
  ['quote:SIM:AAPL', 'trade:SIM:AAPL'],
  [{ channel: 'quote:SIM:*', maxRateHz: 5 }, 'book:SIM:AAPL'],
  [{ channel: 'book:SIM:*', maxRateHz: 20 }],
  ['*:SIM:AAPL', 'news:SIM:*'],
  []
]

/** One connection: `ask` resolves with its answer, `leave` ends it, rudely or not. */
interface Connection {
  ask(channels: readonly unknown[]): Promise<void>
  leave(isRude: boolean): void
}

function openSocketIo(transports: readonly string[]): Promise<Connection> {
  const socket = io(`${url}${PATH}`, { transports: [...transports], forceNew: true, reconnection: false })
  const connection: Connection = {
    ask: (channels) => new Promise((resolve) => socket.emit('subscribe', { channels }, () => resolve())),
    leave: (isRude) => {
      if (isRude) socket.io.engine.close()
      else socket.disconnect()
    }
  }
  return new Promise((resolve, reject) => {
    socket.once('hello', () => resolve(connection))
    socket.once('connect_error', reject)
  })
}

function openNative(): Promise<Connection> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${PATH}`)
  const connection: Connection = {
    ask: (channels) =>
      new Promise((resolve) => {
        socket.onmessage = ({ data }) => {
          if ((data as string).startsWith('["ack"')) resolve()
        }
        socket.send(JSON.stringify(['subscribe', { channels }, 1]))
      }),
    leave: () => socket.close()
  }
  return new Promise((resolve, reject) => {
    socket.onmessage = () => resolve(connection)
    socket.onerror = () => reject(new Error('the native door did not open'))
  })
}

const random = new Random(Number(seed))
for (let gone = 0; gone < Number(count); gone += AT_ONCE) {
  const visits = Array.from({ length: AT_ONCE }, async () => {
    const open = random.pick([
      openNative,
      () => openSocketIo(['websocket']),
      () => openSocketIo(['polling', 'websocket'])
    ])
    const connection = await open()
    const answer = connection.ask(random.pick(WISHES))
    if (random.below(3) > 0) await answer
    connection.leave(random.below(2) === 0)
  })
  await Promise.all(visits)
}
process.exit(0)
