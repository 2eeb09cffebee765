export type { CodedError } from '../../src/protocol/codes.ts'
export {
  type ClientOrder,
  LOAD_NAMES,
  type LoadName,
  type LoadPast,
  type LoadPoint,
  OPS_POINTS,
  OPS_ROWS,
  type OpsAnswer,
  type OpsChannel,
  type OpsClient,
  type OpsFigures,
  type OpsHello,
  type OpsProducer,
  type OpsWatch
} from '../../src/protocol/ops-events.ts'
export { OpsConnection, type OpsConnectionOptions, type OpsListener } from './ops-connection.ts'
