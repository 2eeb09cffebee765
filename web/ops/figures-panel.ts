import type { OpsFigures } from '../../client/ops/index.ts'
import { elementOf } from './element.ts'
import { bytes, count, milliseconds, rate } from './format.ts'
import { KeyedTable } from './keyed-table.ts'
import { type Pair, Pairs } from './pairs.ts'

interface CounterRow {
  readonly name: string
  readonly value: number
  readonly perSecond: number | null
}

/** Share of the queue above which it was nearly full. */
const NEARLY_FULL = 0.8
/** Delay of the event loop above which something is wrong, and above which it is worth a look, ms. */
const LATE_MS = { bad: 100, warn: 25 } as const

/** What is one figure each: queue, flush, event loop, memory, losses, and every counter. */
export class FiguresPanel {
  readonly #queue = new Pairs('queue-figures')
  readonly #loop = new Pairs('loop-figures')
  readonly #losses = new Pairs('loss-figures')
  readonly #counters: KeyedTable<CounterRow>
  #before: OpsFigures | undefined

  constructor() {
    this.#counters = new KeyedTable(elementOf('counter-table', HTMLTableElement), {
      columns: [
        { head: 'Counter', text: ({ name }) => name },
        { head: 'Since the start', className: 'number', text: ({ value }) => count(value) },
        { head: 'Per second', className: 'number', text: ({ perSecond }) => rate(perSecond) }
      ],
      keyOf: ({ name }) => name,
      empty: 'none'
    })
  }

  show(figures: OpsFigures): void {
    this.#queue.show(queuePairs(figures))
    this.#loop.show(loopPairs(figures))
    this.#losses.show(lossPairs(figures.counters))
    const before = this.#before
    const seconds = before === undefined ? 0 : (figures.time - before.time) / 1_000
    // Figures that follow at once, because something was searched for, make no rate.
    if (before !== undefined && seconds > 0 && seconds < 0.5) return
    this.#before = figures
    const rows = Object.entries(figures.counters).map(([name, value]) => ({
      name,
      value,
      perSecond: before === undefined || seconds <= 0 ? null : (value - (before.counters[name] ?? 0)) / seconds
    }))
    this.#counters.show(rows)
  }
}

function queuePairs({ queue, flush, load }: OpsFigures): Pair[] {
  const { depth, highWater, capacity } = queue
  return [
    ['Waiting now', count(depth)],
    ['High-water mark', count(highWater), highWater > capacity * NEARLY_FULL ? 'warn' : ''],
    ['Capacity', count(capacity)],
    ['Flush interval', milliseconds(flush.intervalMs)],
    ['Latest flush took', milliseconds(flush.durationMs)],
    ['Updates out /s', rate(load.updates)],
    ['Bytes out /s', bytes(load.bytes)]
  ]
}

function loopPairs({ load, memory }: OpsFigures): Pair[] {
  const late = (ms: number) => (ms > LATE_MS.bad ? 'bad' : ms > LATE_MS.warn ? 'warn' : '')
  return [
    ['Delay p50', milliseconds(load.loopP50Ms), late(load.loopP50Ms)],
    ['Delay p99', milliseconds(load.loopP99Ms), late(load.loopP99Ms)],
    ['Delay max', milliseconds(load.loopMaxMs), late(load.loopMaxMs)],
    ['Process (RSS)', bytes(memory.rssBytes)],
    ['Heap used', `${bytes(memory.heapUsedBytes)} of ${bytes(memory.heapTotalBytes)}`],
    ['External', bytes(memory.externalBytes)],
    ['Array buffers', bytes(memory.arrayBuffersBytes)],
    ['Journal', bytes(memory.journalBytes)]
  ]
}

function lossPairs(counters: Readonly<Record<string, number>>): Pair[] {
  const pair = (text: string, name: string, tone: 'warn' | 'bad' | '' = ''): Pair => {
    const value = counters[name] ?? 0
    return [text, count(value), value > 0 ? tone : '']
  }
  return [
    pair('Merged in the queue', 'messagesMerged'),
    pair('Merged by producers', 'producerMessagesMerged'),
    pair('Merged for slow clients', 'clientUpdatesMerged'),
    pair('Dropped in the queue', 'messagesDropped', 'bad'),
    pair('Dropped by producers', 'producerMessagesDropped', 'bad'),
    pair('Not sent to slow clients', 'clientUpdatesDropped', 'warn'),
    pair('Slow clients closed', 'slowClientsClosed', 'warn'),
    pair('Connections refused', 'connectionsRefused', 'warn')
  ]
}
