export { Continuity, type Verdict } from './continuity.ts'
export {
  type ConnectionChange,
  connectMarket,
  MarketConnection,
  type MarketConnectionOptions,
  type Off
} from './market-connection.ts'
export type { SubscribeReply } from './market-events.ts'
export { followMarket, type MarketListener } from './market-follower.ts'
