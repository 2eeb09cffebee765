import type { OpsFigures, OpsProducer } from '../../client/ops/index.ts'
import { elementOf, setText } from './element.ts'
import { count, duration, milliseconds, rate } from './format.ts'
import { type Column, KeyedTable } from './keyed-table.ts'

const TONES: Readonly<Record<string, string>> = {
  running: 'good',
  holding: 'good',
  finished: 'dim',
  starting: 'warn',
  silent: 'warn',
  restarting: 'bad',
  stopped: 'bad'
}

/** A producer and when it was looked at. */
type Row = OpsProducer & { readonly time: number }

const COLUMNS: readonly Column<Row>[] = [
  { head: 'Name', text: ({ name }) => name, title: ({ epoch }) => `life ${epoch}` },
  { head: 'State', text: ({ state }) => state, tone: ({ state }) => TONES[state] ?? '' },
  { head: 'Thread', className: 'number', text: ({ threadId }) => (threadId === null ? '' : String(threadId)) },
  { head: 'For', className: 'number', text: ({ since, time }) => duration(time - since) },
  { head: 'Feed', className: 'wide', text: ({ feed, origin }) => (feed === origin ? feed : `${feed}, ${origin}`) },
  { head: 'Messages /s', className: 'number', text: ({ messagesPerSecond }) => rate(messagesPerSecond) },
  { head: 'Messages', className: 'number', text: ({ messages }) => count(messages) },
  { head: 'Channels', className: 'number', text: ({ channels }) => count(channels) },
  {
    head: 'Credit out',
    className: 'number',
    text: ({ owedCredit, credit }) => `${count(owedCredit)} / ${count(credit)}`,
    tone: ({ owedCredit, credit }) => (owedCredit > credit / 2 ? 'warn' : '')
  },
  { head: 'Lag', className: 'number', text: ({ lagMs }) => milliseconds(lagMs) },
  { head: 'Merged', className: 'number', text: ({ merged }) => count(merged) },
  {
    head: 'Dropped',
    className: 'number',
    text: ({ dropped }) => count(dropped),
    tone: ({ dropped }) => (dropped > 0 ? 'bad' : '')
  },
  {
    head: 'Restarts',
    className: 'number',
    text: ({ restarts }) => count(restarts),
    tone: ({ restarts }) => (restarts > 0 ? 'warn' : '')
  },
  {
    head: 'Last error',
    className: 'error',
    text: ({ lastError }) => lastError ?? '',
    title: ({ lastError }) => lastError ?? ''
  }
]

/** The producers: one thread each. */
export class ProducerPanel {
  readonly #count = elementOf('producer-count', HTMLElement)
  readonly #table: KeyedTable<Row>

  /** @param restart asks to start a producer again. */
  constructor(restart: (name: string) => void) {
    this.#table = new KeyedTable(elementOf('producer-table', HTMLTableElement), {
      columns: COLUMNS,
      keyOf: ({ name }) => name,
      action: { text: 'Restart', label: ({ name }) => `Restart ${name}`, run: ({ name }) => restart(name) },
      empty: 'no producers'
    })
  }

  /** Whether orders are taken. */
  set isActive(isActive: boolean) {
    this.#table.isActive = isActive
  }

  show({ producers, time }: OpsFigures): void {
    const working = producers.filter(({ state }) => TONES[state] === 'good').length
    setText(this.#count, `${working} of ${producers.length} at work`)
    this.#table.show(producers.map((producer) => ({ ...producer, time })))
  }
}

/** What became of producers from one look to the next, in words. */
export function producerNews(before: OpsFigures, now: OpsFigures): string[] {
  const earlier = new Map(before.producers.map((producer) => [producer.name, producer]))
  return now.producers.flatMap(({ name, state, restarts, lastError }) => {
    const old = earlier.get(name)
    if (old === undefined) return []
    const isRestarted = restarts > old.restarts
    if (!isRestarted && state === old.state) return []
    const why = lastError !== null && (isRestarted || state === 'restarting') ? `: ${lastError}` : ''
    const what = isRestarted ? `restarted, now ${state}` : state
    return [`${name} ${what}${why}`]
  })
}
