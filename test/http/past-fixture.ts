import type { FastifyInstance } from 'fastify'
import { Compile } from 'typebox/compile'
import { expect } from 'vitest'
import type { Jobs } from '../../src/http/jobs.ts'
import type { Candle } from '../../src/protocol/market-data.ts'
import book from '../../workers/tasks/book.task.ts'
import indicator from '../../workers/tasks/indicator.task.ts'
import resample from '../../workers/tasks/resample.task.ts'
import { FakeHistoryView } from '../support/fake-history-view.ts'
import type { FakeMarketView } from '../support/fake-market-view.ts'
import { startHttp } from './http-fixture.ts'

const tasks = { book, indicator, resample } as const

/** Jobs done at once, on this thread, by the very tasks; or refused. */
export class DirectJobs implements Jobs {
  isFull = false
  readonly names: string[] = []

  offer: Jobs['offer'] = (name, input) => {
    if (this.isFull) return undefined
    this.names.push(name)
    const task = tasks[name] as (input: unknown) => never
    return Promise.resolve(structuredClone(input)).then(task)
  }
}

export interface Past {
  readonly app: FastifyInstance
  readonly view: FakeMarketView
  readonly history: FakeHistoryView
  readonly jobs: DirectJobs
}

/** A REST side with a past that the test fills. */
export async function startPast(): Promise<Past> {
  const history = new FakeHistoryView()
  const jobs = new DirectJobs()
  return { ...(await startHttp({ history, jobs })), history, jobs }
}

/** Publishes a candle channel and stores candles of it. */
export function addCandles({ view, history }: Past, channel: string, candles: readonly Candle[], clock?: number): void {
  view.add(channel)
  history.addCandles(channel, candles, clock)
}

/** Says whether an answer has the form that the OpenAPI document gives for its route. */
export async function expectDocumented(app: FastifyInstance, path: string, body: unknown): Promise<void> {
  const { paths } = (await app.inject('/openapi.json')).json()
  const { schema } = paths[path].get.responses['200'].content['application/json']
  expect([...Compile(schema).Errors(body)]).toEqual([])
}
