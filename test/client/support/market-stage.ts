import { afterEach, beforeEach, expect, vi } from 'vitest'
import { type ConnectionChange, connect, type Market, type Update } from '../../../client/index.ts'
import { ProtocolServer } from '../../support/protocol-server.ts'

/** The channel that most tests hold. */
export const QUOTE = 'quote:SIM:AAPL'
export const WAIT_MS = 10_000

export function quoteOf(bid: string) {
  return { bid, bidSize: '1', ask: String(Number(bid) + 1), askSize: '2' }
}

/** A server, a market that is connected to it, and what came of it. */
class MarketStage<Server extends ProtocolServer> {
  server: Server
  market!: Market
  changes: ConnectionChange[] = []
  updates: Update[] = []

  constructor(server: Server) {
    this.server = server
  }

  /** Begins with a market of its own. */
  open(url = this.server.url): void {
    this.updates = []
    this.changes = []
    this.market = connect({ url })
    this.market.onConnection((change) => this.changes.push(change))
  }

  readonly take = (update: Update): void => void this.updates.push(update)

  comes(seqs: readonly number[]): Promise<void> {
    return vi.waitFor(() => expect(this.updates.map(({ seq }) => seq)).toEqual(seqs), WAIT_MS)
  }
}

/** A stage that is set up anew for each test of the group. */
export function marketStage(): MarketStage<ProtocolServer>
export function marketStage<Server extends ProtocolServer>(makeServer: () => Server): MarketStage<Server>
export function marketStage(makeServer = () => new ProtocolServer()): MarketStage<ProtocolServer> {
  const stage = new MarketStage(makeServer())
  beforeEach(async () => {
    stage.server = makeServer()
    await stage.server.start()
    stage.open()
  })
  afterEach(async () => {
    stage.market.close()
    await stage.server.stop()
  })
  return stage
}
