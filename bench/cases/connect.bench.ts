/** How fast do clients get in, and what does one that only waits cost in memory? */
import { setTimeout } from 'node:timers/promises'
import type { Case, CaseContext, Sample } from '../harness/case.ts'
import { RAW_WS, STOCK, TICKCAST, TICKCAST_NATIVE } from '../harness/contenders.ts'
import { SATURATED } from '../harness/observed.ts'
import { eachRound } from '../harness/sampling.ts'
import { Stand, type StandOptions } from '../harness/stand.ts'

const CONTENDERS = [TICKCAST, TICKCAST_NATIVE, STOCK, RAW_WS]
const CLIENTS = { normal: 5_000, large: 10_000 } as const
/** One client in so many is connected before memory is first looked at, so that what the first ones load is not counted. */
const WARM_UP = 10
/** Time for what connecting left behind to be cleaned up, ms. */
const SETTLE_MS = 1_500
const shapeOf = (clients: number) => `${clients.toLocaleString('en-US')} clients that wait`
const maxRssKb = (clients: number) =>
  [TICKCAST, TICKCAST_NATIVE].map(({ name: contender }) => ({
    ...{ shape: shapeOf(clients), contender, metric: 'rssKb', atMost: 20 }
  }))

export const connect: Case = {
  name: 'connect',
  question: 'How fast do clients get in, and what does one that only waits cost in memory?',
  metrics: [
    { key: 'connectsPerSecond', title: 'connects/s' },
    { key: 'connectCpu', title: 'server CPU per connect, µs' },
    { key: 'rssKb', title: 'RSS per connection, KB' },
    { key: 'heldKb', title: 'heap and buffers per connection, KB' },
    { key: 'idleCpu', title: 'server CPU while all wait, % of a core' }
  ],
  targets: [...maxRssKb(CLIENTS.normal), ...maxRssKb(CLIENTS.large)],
  async run(context) {
    const { options: bench, record, progress } = context
    await eachRound(context, async (round) => {
      for (const clients of bench.isLarge ? [CLIENTS.normal, CLIENTS.large] : [CLIENTS.normal]) {
        progress(`${clients} clients for each of ${CONTENDERS.length} servers in turn`)
        for (const contender of CONTENDERS) {
          record(await measure(context, { contender, channels: 1, clients, bench }, round))
        }
      }
    })
  }
}

async function measure({ options }: CaseContext, { clients, ...rest }: StandOptions, round: number): Promise<Sample> {
  const stand = new Stand({ ...rest, clients })
  try {
    await stand.startServer()
    await stand.connect(clients / WARM_UP)
    const others = clients - clients / WARM_UP
    await setTimeout(SETTLE_MS)
    const memory = await stand.memory()
    const usage = await stand.usage()
    const { elapsedMs, cpuMicros } = await stand.connect(others)
    const connectedUsage = await stand.usage()
    await setTimeout(SETTLE_MS)
    const connectedMemory = await stand.memory()
    const idleUsage = await stand.usage()
    await setTimeout(options.isQuick ? 1_000 : 3_000)
    const lastUsage = await stand.usage()
    return {
      shape: shapeOf(clients),
      contender: rest.contender.name,
      round,
      clients,
      ratePerSecond: 0,
      updateBytes: 0,
      values: {
        connectsPerSecond: (others * 1_000) / elapsedMs,
        connectCpu: (connectedUsage.cpuMicros - usage.cpuMicros) / others,
        rssKb: (connectedMemory.rssBytes - memory.rssBytes) / others / 1_000,
        heldKb: (connectedMemory.heldBytes - memory.heldBytes) / others / 1_000,
        idleCpu: (lastUsage.cpuMicros - idleUsage.cpuMicros) / 10 / (lastUsage.wallMs - idleUsage.wallMs)
      },
      // A client that was let in and closed again would make the memory of the others look small.
      problems: [...(await stand.remarks())],
      isLoadSaturated: cpuMicros / 1_000 / elapsedMs > SATURATED
    }
  } finally {
    await stand.end()
  }
}
