import { connect, type Market, type Subscription, type Update } from '../../client/index.ts'
import { CliError } from './cli-error.ts'
import { noServerAt } from './server-probe.ts'

export interface MarketSession {
  readonly market: Market
  readonly subscriptions: readonly Subscription[]
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
  prepare: (market: Market) => void,
  onUpdate: (update: Update) => void
): Promise<MarketSession> {
  const market = connect({ url })
  prepare(market)
  const subscriptions = channels.map((channel) => market.subscribe(channel, onUpdate))
  try {
    const refusals = refusalsOf(url, await firstAnswers(url, market, subscriptions))
    return { market, subscriptions, refusals }
  } catch (error) {
    market.close()
    throw error
  }
}

/** What each subscription was refused with, or `undefined`. */
function firstAnswers(
  url: string,
  market: Market,
  subscriptions: readonly Subscription[]
): Promise<readonly (string | undefined)[]> {
  const lost = new Promise<never>((_, reject) => {
    market.onConnection((change) => {
      if (change.state !== 'connected') reject(new CliError(noServerAt(url, `no Socket.IO door (${change.reason})`)))
    })
  })
  const answers = subscriptions.map(
    (subscription) =>
      new Promise<string | undefined>((resolve) => {
        subscription.onAnswer((refusal) => resolve(refusal && `${subscription.name}: ${refusal.message}`))
      })
  )
  return Promise.race([Promise.all(answers), lost])
}

function refusalsOf(url: string, answers: readonly (string | undefined)[]): readonly string[] {
  const refusals = answers.filter((answer) => answer !== undefined)
  if (refusals.length === 0 || refusals.length < answers.length) return refusals
  throw new CliError(`${refusals.join('\n')}\nThe channels there are: ${url}/api/v1/channels`)
}
