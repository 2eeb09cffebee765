/** What do a few thousand clients in one process see? */
import { channelName } from '../producers/plan.ts'
import { Auditor } from './auditor.ts'
import { channelsOf } from './choices.ts'
import { Client } from './client.ts'
import { FrameDigests } from './frame-digest.ts'
import type { Arrivals, Choice, CrowdOptions, FinishOptions, Joined, Observed, Subscribed } from './load-api.ts'

/** Memory for one read, bytes. */
const READ_BYTES = 256 * 1024
/** Time between two looks whether everything has come, ms. */
const LOOK_MS = 20
/** Without any update for so long, nothing more will come, ms. */
const QUIET_MS = 15_000
const REMARKS = 10

/** The clients of one load process. */
export class Crowd {
  readonly #options: CrowdOptions
  readonly #clients: Client[] = []
  readonly #held: string[][] = []
  readonly #auditor: Auditor
  readonly #digests: FrameDigests
  readonly #memory = Buffer.allocUnsafeSlow(READ_BYTES)
  readonly #arrivals = new Map<string, number[]>()
  #remarks: string[] = []
  #plainEvents = 0
  #bytes = 0
  #frames = 0
  #begunCpu = process.cpuUsage()
  #begunMs = 0
  #releasedTime = 0

  constructor(options: CrowdOptions) {
    this.#options = options
    this.#auditor = new Auditor(options.capacity)
    this.#digests = new FrameDigests(this.#auditor)
  }

  /** Lets so many further clients connect, `atOnce` of them at any time; each then runs `andThen`. */
  async connect(count: number, andThen: (client: number) => Promise<void> = async () => undefined): Promise<void> {
    const { atOnce, door, port } = this.#options
    const end = this.#clients.length + count
    const one = async () => {
      while (this.#clients.length < end) {
        const index = this.#clients.length
        const client = new Client({ index, door, port, memory: this.#memory, events: this })
        this.#clients.push(client)
        await client.opened
        await andThen(index)
      }
    }
    await Promise.all(Array.from({ length: Math.min(count, atOnce) }, one))
  }

  async subscribe({ finals, ...choice }: Choice & { readonly finals: readonly number[] }): Promise<Subscribed> {
    const sets = new Set<string>()
    let subscriptions = 0
    await Promise.all(
      this.#clients.map(async (client, index) => {
        const held = this.#held[index] ?? []
        if (held.length > 0) await client.request('unsubscribe', { channels: held })
        const channels = await this.#take(index, choice, finals)
        sets.add(channels.join())
        subscriptions += channels.length
      })
    )
    return { subscriptions, sets: [...sets] }
  }

  begin(): void {
    this.#auditor.begin()
    this.#arrivals.clear()
    this.#plainEvents = 0
    this.#bytes = 0
    this.#frames = 0
    this.#begunCpu = process.cpuUsage()
    this.#begunMs = performance.now()
  }

  /** Waits until everything has come, and tells what came. */
  async finish({ finals, timeoutMs, isForAll }: FinishOptions): Promise<Observed> {
    const auditor = this.#auditor
    const endMs = performance.now() + timeoutMs
    const groups = isForAll ? [0, 1] : [0]
    const beganTime = Date.now()
    while (groups.some((group) => !auditor.isComplete(finals, group))) {
      await sleep(LOOK_MS)
      if (performance.now() > endMs || Date.now() - Math.max(auditor.lastTime, beganTime) > QUIET_MS) break
    }
    const { user, system } = process.cpuUsage(this.#begunCpu)
    return {
      accounts: auditor.close(finals),
      latencies: [auditor.histograms[0].counts(), auditor.histograms[1].counts()],
      lastTime: auditor.lastTime,
      cpuMicros: user + system,
      wallMs: performance.now() - this.#begunMs,
      bytes: this.#bytes,
      frames: this.#frames,
      remarks: this.remarks(),
      freshMs: this.#inGroup(1).map(
        (client) => (auditor.freshTimes[client] || Number.POSITIVE_INFINITY) - this.#releasedTime
      )
    }
  }

  stall(every: number): number {
    const { groups, freshTimes } = this.#auditor
    groups.forEach((_, client) => {
      groups[client] = client % every === 0 ? 1 : 0
    })
    this.#auditor.freshFrom = Number.POSITIVE_INFINITY
    freshTimes.fill(0)
    for (const client of this.#inGroup(1)) this.#clients[client]?.stall()
    return this.#inGroup(1).length
  }

  release(): void {
    this.#releasedTime = Date.now()
    this.#auditor.freshFrom = this.#releasedTime
    for (const client of this.#inGroup(1)) this.#clients[client]?.release()
  }

  async join(options: Choice & { readonly clients: number; readonly timeoutMs: number }): Promise<Joined> {
    const beganMs = performance.now()
    const endMs = beganMs + options.timeoutMs
    const firstMs: number[] = []
    const joined = this.connect(options.clients, async (client) => {
      this.#auditor.groups[client] = 1
      await this.#take(client, options)
      while (!this.#auditor.hasAny(client) && performance.now() < endMs) await sleep(LOOK_MS / 4)
      if (this.#auditor.hasAny(client)) firstMs.push(performance.now() - beganMs)
    })
    await Promise.race([joined, sleep(options.timeoutMs)])
    return { firstMs: [...firstMs] }
  }

  arrivals(): Arrivals {
    return { times: Object.fromEntries(this.#arrivals), count: this.#plainEvents, bytes: this.#bytes }
  }

  remarks(): readonly string[] {
    const remarks = this.#remarks
    this.#remarks = []
    return remarks
  }

  onEvent(client: number, name: string, json: Buffer): void {
    if (name === 'updates' || name === 'update') {
      this.#bytes += json.length
      this.#frames += 1
      this.#digests.take(client, json, Date.now())
    } else if (name.startsWith('tick-')) {
      this.#plainEvents += 1
      this.#bytes += json.length
      if (client === 0) this.#arrivals.set(name, [...(this.#arrivals.get(name) ?? []), performance.now()])
    } else if (name === 'notice') this.#remark(`client ${client} was told ${json}`)
  }

  onEnd(client: number, reason: string): void {
    this.#remark(`client ${client}: ${reason}`)
  }

  async #take(client: number, choice: Choice, finals?: readonly number[]): Promise<number[]> {
    const { firstClient, kind } = this.#options
    const chosen = channelsOf(firstClient + client, choice)
    const names = chosen.map((channel) => channelName(kind, channel))
    this.#auditor.hold(client, chosen, finals)
    this.#held[client] = names
    const answer = await this.#clients[client]?.request('subscribe', { channels: names })
    if (answer?.includes('"ok":false') === true) throw new Error(`a subscription was refused: ${answer.slice(0, 300)}`)
    return chosen
  }

  #inGroup(group: number): number[] {
    return this.#clients.flatMap((_, client) => (this.#auditor.groups[client] === group ? [client] : []))
  }

  #remark(text: string): void {
    if (this.#remarks.length < REMARKS) this.#remarks.push(text)
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
