import {
  type ClientOrder,
  type CodedError,
  type OpsAnswer,
  type OpsClient,
  OpsConnection,
  type OpsFigures,
  type OpsHello
} from '../../client/ops/index.ts'
import { ChannelPanel, type ChannelSearch } from './channel-panel.ts'
import { ChartBoard } from './chart-board.ts'
import { ClientPanel } from './client-panel.ts'
import { confirmed, Gate } from './dialogs.ts'
import { elementOf } from './element.ts'
import { FiguresPanel } from './figures-panel.ts'
import { bytes, many } from './format.ts'
import { LinkBar } from './link-bar.ts'
import { LoadHistory } from './load-history.ts'
import { News } from './news.ts'
import { ProducerPanel } from './producer-panel.ts'

/** Where the token is kept, for as long as the tab is open. */
const TOKEN_KEY = 'tickcast-ops-token'
/** What is typed into a search is asked for after so long without a further key, ms. */
const TYPING_MS = 150

/** The operator's page: joins the connection to the parts of the screen. */
class OpsPage {
  readonly #bar = new LinkBar()
  readonly #news = new News()
  readonly #history = new LoadHistory()
  readonly #charts = new ChartBoard(
    elementOf('charts', HTMLElement),
    elementOf('chart-time', HTMLElement),
    this.#history
  )
  readonly #figures = new FiguresPanel()
  readonly #producers = new ProducerPanel((name) => void this.#restart(name))
  readonly #clients = new ClientPanel({
    onSearch: (search, order) => this.#watch({ client: search, order }),
    onKick: (client) => void this.#kick(client)
  })
  readonly #channels = new ChannelPanel((channels) => this.#watch({ channels }))
  readonly #gate = new Gate((token) => this.#enter(token))
  #search: { client: string; order: ClientOrder; channels: ChannelSearch } = {
    client: '',
    order: 'backlog',
    channels: { search: '', onlyTroubled: false, offset: 0 }
  }
  #typing: ReturnType<typeof setTimeout> | undefined
  #connection: OpsConnection | undefined
  #wasDown = false

  start(): void {
    elementOf('forget', HTMLElement).addEventListener('click', () => {
      sessionStorage.removeItem(TOKEN_KEY)
      location.reload()
    })
    this.#connect()
  }

  #connect(): void {
    const token = sessionStorage.getItem(TOKEN_KEY)
    this.#connection?.close()
    this.#connection = new OpsConnection({
      url: location.origin,
      ...(token !== null && { token }),
      listener: {
        onHello: (hello) => this.#greet(hello),
        onFigures: (figures) => this.#show(figures),
        onDown: (reason) => this.#lose(reason),
        onRefused: (error) => this.#askIn(error, token !== null)
      }
    })
    // A fresh connection knows nothing of what stands in the search fields.
    this.#tellWatch()
  }

  #enter(token: string | undefined): void {
    if (token !== undefined) sessionStorage.setItem(TOKEN_KEY, token)
    this.#connect()
  }

  #askIn({ name, message }: Pick<CodedError, 'name' | 'message'>, isTokenGiven: boolean): void {
    sessionStorage.removeItem(TOKEN_KEY)
    if (name !== 'tokenNeeded') {
      this.#gate.ask(`The server lets nobody in from here: ${message}.`, false)
      return
    }
    const wrong = isTokenGiven ? 'This is not the token. ' : ''
    this.#gate.ask(`${wrong}Whoever wants to look at this server, or to command it, has to know its token.`, true)
  }

  #greet(hello: OpsHello): void {
    this.#bar.greet(hello)
    this.#history.begin(hello.past)
    this.#producers.isActive = hello.canCommand
    this.#clients.isActive = hello.canCommand
    this.#charts.draw()
    if (this.#wasDown) this.#news.add('connected again')
    this.#wasDown = false
  }

  #show(figures: OpsFigures): void {
    this.#bar.show(figures)
    this.#history.add(figures.load)
    this.#charts.draw()
    this.#producers.show(figures)
    this.#figures.show(figures)
    this.#clients.show(figures)
    this.#channels.show(figures)
    this.#news.show(figures)
  }

  #lose(reason: string): void {
    if (!this.#wasDown) this.#news.add(`connection lost: ${reason}`)
    this.#wasDown = true
    this.#producers.isActive = false
    this.#clients.isActive = false
    this.#bar.down(reason)
  }

  #watch(change: Partial<{ client: string; order: ClientOrder; channels: ChannelSearch }>): void {
    this.#search = { ...this.#search, ...change }
    clearTimeout(this.#typing)
    this.#typing = setTimeout(() => this.#tellWatch(), TYPING_MS)
  }

  #tellWatch(): void {
    const { client, order, channels } = this.#search
    this.#connection?.watch({ channels, clients: { search: client, order } })
  }

  async #restart(name: string): Promise<void> {
    const isMeant = await confirmed({
      head: `Restart ${name}?`,
      text: 'Its thread is ended and started again. Its channels are stale until the new life has published.',
      yes: `Restart ${name}`
    })
    if (isMeant) await this.#order(`restart of ${name}`, (connection) => connection.restartProducer(name))
  }

  async #kick({ id, address, channels, backlogBytes }: OpsClient): Promise<void> {
    const isMeant = await confirmed({
      head: `Close client ${id}?`,
      text:
        `From ${address}, with ${many(channels, 'channel')} and ${bytes(backlogBytes)} unsent. ` +
        'It is told that it was closed for good: it does not come back by itself.',
      yes: 'Close the client'
    })
    if (isMeant) await this.#order(`closing of client ${id}`, (connection) => connection.kickClient(id))
  }

  async #order(what: string, give: (connection: OpsConnection) => Promise<OpsAnswer>): Promise<void> {
    try {
      if (this.#connection === undefined) return
      const answer = await give(this.#connection)
      this.#news.tell('error' in answer ? `${what} refused: ${answer.error.message}` : `${what}: ordered`)
    } catch (error) {
      this.#news.tell(`${what} is uncertain: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

new OpsPage().start()
