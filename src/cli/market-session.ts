import { connectMarket, type MarketConnection } from '../../client/market-connection.ts'
import type { SubscribeReply } from '../../client/market-events.ts'
import { CliError } from './cli-error.ts'
import { noServerAt } from './server-probe.ts'

export interface MarketSession {
  readonly connection: MarketConnection
  /** Channels the server did not grant, with its reason. */
  readonly refusals: readonly string[]
}

/**
 * Connects to a server and subscribes; afterwards the connection heals itself.
 *
 * @param prepare Registers listeners before anything can arrive.
 * @throws CliError when there is no server, or when it grants none of the channels.
 */
export async function openSession(
  url: string,
  channels: readonly string[],
  prepare: (connection: MarketConnection) => void
): Promise<MarketSession> {
  const connection = connectMarket({ url })
  prepare(connection)
  connection.subscribe(channels)
  try {
    const reply = await firstReply(url, connection)
    return { connection, refusals: refusalsOf(url, reply) }
  } catch (error) {
    connection.close()
    throw error
  }
}

function firstReply(url: string, connection: MarketConnection): Promise<SubscribeReply> {
  return new Promise((resolve, reject) => {
    connection.onAnswer(resolve)
    connection.onConnection((change) => {
      if (change.state !== 'connected') reject(new CliError(noServerAt(url, `no Socket.IO door (${change.reason})`)))
    })
  })
}

function refusalsOf(url: string, reply: SubscribeReply): readonly string[] {
  if ('error' in reply) throw new CliError(`the server refused the subscription: ${reply.error.message}`)
  const refusals = reply.channels.flatMap((answer) => (answer.ok ? [] : [`${answer.channel}: ${answer.error.message}`]))
  if (refusals.length === 0 || refusals.length < reply.channels.length) return refusals
  throw new CliError(`${refusals.join('\n')}\nThe channels there are: ${url}/api/v1/channels`)
}
