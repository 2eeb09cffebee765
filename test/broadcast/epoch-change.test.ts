import { expect, it } from 'vitest'
import { catchUp } from '../../src/broadcast/catch-up.ts'
import { FanOut } from '../../src/gateway/fan-out.ts'
import { Frame } from '../../src/gateway/frame.ts'
import { HeartbeatTimes } from '../../src/gateway/heartbeat-times.ts'
import { Lanes } from '../../src/gateway/lanes.ts'
import { SlowClients } from '../../src/gateway/slow-clients.ts'
import { FLAG } from '../../src/protocol/port-messages.ts'
import { ModelClient } from '../support/model-client.ts'
import { batchOf, TestPlant, updatesOf, type Written } from '../support/segments.ts'

const book = 'book:SIM:A'
const trades = 'trade:SIM:A'

function openGateway() {
  const plant = new TestPlant()
  const { counters, journal } = plant
  const now = () => performance.now()
  const lanes = new Lanes(100)
  const limits = { maxBacklogBytes: 1_000, maxClientKbps: 0, slowCloseMs: 1_000 }
  const slowClients = new SlowClients({ counters, journal, now, ...limits })
  const fanOut = new FanOut({
    ...{ counters, journal, lanes, interest: { retain: () => undefined }, slowClients, now },
    heartbeat: () => Frame.ofEvent('heartbeat'),
    heartbeatTimes: new HeartbeatTimes(),
    wake: () => undefined
  })
  const flush = () => new Promise<void>((resolve) => fanOut.publish(plant.queue.drain(), resolve))
  return { plant, lanes, flush }
}

it.each([
  [book, 2],
  [book, 9],
  [trades, 2],
  [trades, 9]
])(
  'a client on %s that falls behind while its producer starts again gets the new life whole after %i messages',
  async (name, count) => {
    const { plant, lanes, flush } = openGateway()
    const client = new ModelClient()
    const held = client.enter(name, 'e1')
    const send = (life: ReturnType<TestPlant['begin']>, seq: number, price: number) => {
      const data = name === book ? { bids: [[String(price), '1']], asks: [] } : { id: String(price) }
      const kind: Partial<Written> =
        name === trades ? {} : seq === 1 ? { snapshotOf: life.epoch } : { flags: FLAG.delta }
      plant.tickerplant.accept(life, batchOf([{ channel: 0, name, seq, data, ...kind }]))
      return data
    }
    const old = plant.begin('p', 'e1', name)
    for (let seq = 1; seq <= 3; seq++) send(old, seq, seq)
    const channel = plant.channel(name)
    client.takeAll(updatesOf(plant.journal.since(channel, 0, 10).messages))

    // What the old life sent last still waits when the new one declares its channels; the client falls behind in that flush.
    const next = plant.begin('p', 'e2', name)
    await flush()
    const { epoch, seq: position } = lanes.full.position(channel)
    const sent = Array.from({ length: count }, (_, n) => send(next, n + 1, 100 + n))
    await flush()
    client.takeAll(updatesOf(catchUp(channel, epoch, position, plant.journal).messages))

    expect(held).toMatchObject({ epoch: 'e2', last: count, isStale: false })
    expect(held.events).toEqual(sent)
    if (name === book) expect(held.book.levels().bids).toHaveLength(count)
  }
)
