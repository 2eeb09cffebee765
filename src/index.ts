import type { ProducerDefinition } from './protocol/producer-definition.ts'

export type { ChannelDeclaration, PlainMessage, QualityMessage, RewindMessage } from './protocol/feed-message.ts'
export type {
  ProducedUpdate,
  ProducerContext,
  ProducerDefinition,
  ProducerMessage,
  ProducerPublisher
} from './protocol/producer-definition.ts'

/**
 * Describes a producer of your own: the default export of a file that `tickcast serve --feed module:./file.ts` runs in
 * a worker thread. It only gives the object its type.
 *
 * ```ts
 * export default defineProducer({
 *   channels: ['quote:LAB:GOLD'],
 *   async *messages({ signal }) {
 *     while (!signal.aborted) yield { channel: 'quote:LAB:GOLD', data: await nextQuote() }
 *   }
 * })
 * ```
 */
export function defineProducer(definition: ProducerDefinition): ProducerDefinition {
  return definition
}
