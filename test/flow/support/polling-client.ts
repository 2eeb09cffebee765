import { NAMESPACE, type Notice, type Update } from '../../../src/protocol/server-events.ts'

/** What separates packets in one answer of the polling transport. */
const SEPARATOR = '\u001e'

/** A Socket.IO client over long-polling that asks for data only when it is told to. */
export class PollingClient {
  readonly notices: Notice[] = []
  readonly updates: Update[] = []
  isClosed = false
  readonly #url: string

  private constructor(url: string) {
    this.#url = url
  }

  static async connect(url: string): Promise<PollingClient> {
    const door = `${url}/socket.io/?EIO=4&transport=polling`
    const opened = await (await fetch(door)).text()
    const { sid } = JSON.parse(opened.slice(1)) as { readonly sid: string }
    const client = new PollingClient(`${door}&sid=${sid}`)
    await client.#post(`40${NAMESPACE},`)
    return client
  }

  emit(event: string, payload: unknown): Promise<void> {
    return this.#post(`42${NAMESPACE},${JSON.stringify([event, payload])}`)
  }

  /** Asks once for what waits, and takes it in. */
  async poll(): Promise<void> {
    const response = await fetch(this.#url)
    const packets = (await response.text()).split(SEPARATOR)
    if (!response.ok || packets.includes('1')) this.isClosed = true
    for (const packet of response.ok ? packets : []) await this.#take(packet)
  }

  async #take(packet: string): Promise<void> {
    if (packet === '2') return this.#post('3')
    const head = `42${NAMESPACE},`
    if (!packet.startsWith(head)) return
    const [event, payload] = JSON.parse(packet.slice(head.length)) as [string, unknown]
    if (event === 'notice') this.notices.push(payload as Notice)
    if (event === 'updates') this.updates.push(...(payload as Update[]))
  }

  async #post(body: string): Promise<void> {
    await fetch(this.#url, { method: 'POST', body, headers: { 'content-type': 'text/plain;charset=UTF-8' } })
  }
}
