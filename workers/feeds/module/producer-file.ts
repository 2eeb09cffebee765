import { stat } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { CHANNEL_GRAMMAR, parseChannel } from '../../../src/protocol/channel.ts'
import type { ChannelDeclaration } from '../../../src/protocol/feed-message.ts'
import type { ProducerDefinition, ProducerMessages } from '../../../src/protocol/producer-definition.ts'

const REMEDY = 'Write `export default defineProducer({ async *messages() { … } })`'

/**
 * Loads the user's file and takes its default export: a definition, or just an async generator function.
 *
 * @throws Error when there is no such file, it cannot be loaded, or it exports something else.
 */
export async function loadProducer(file: string): Promise<ProducerDefinition> {
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile() !== true)
    throw new Error(`Cannot load producer ${file}: expected a file, found none. Check the path`)
  let exported: unknown
  try {
    exported = ((await import(pathToFileURL(file).href)) as { readonly default?: unknown }).default
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `Cannot load producer ${file}: expected a module that loads, found: ${reason}. Run the file by itself`,
      {
        cause
      }
    )
  }
  if (typeof exported === 'function') return { messages: exported as ProducerMessages }
  const { messages, start } = (typeof exported === 'object' && exported !== null ? exported : {}) as Partial<
    Record<string, unknown>
  >
  if ((typeof messages === 'function') !== (typeof start === 'function')) return exported as ProducerDefinition
  const both = typeof messages === 'function' ? 'both' : 'neither'
  const what = exported === undefined ? 'no default export' : `a default export with ${both}`
  throw new Error(
    `Producer ${file}: expected a default export with a function messages or start, found ${what}. ${REMEDY}`
  )
}

/**
 * The channels that a definition names.
 *
 * @throws Error when one does not follow the grammar.
 */
export function declaredChannels(file: string, definition: ProducerDefinition): ChannelDeclaration[] {
  return (definition.channels ?? []).map((declared) => {
    const declaration = typeof declared === 'string' ? { channel: declared } : declared
    if (parseChannel(declaration.channel) !== undefined) return declaration
    throw new Error(
      `Producer ${file}: expected channels like ${CHANNEL_GRAMMAR}, found ${declaration.channel}. Rename it`
    )
  })
}
