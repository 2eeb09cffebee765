/** How long does REST take meanwhile? Asked from a process that does nothing else. */
import type { RestApi } from '../load/rest.process.ts'
import { Child } from './child.ts'
import { coresFor } from './cores.ts'
import type { BenchOptions } from './options.ts'
import { quantile } from './statistics.ts'

export interface RestFigures {
  readonly requests: number
  readonly failed: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Runs `use` with a process that can ask REST. */
export async function withRestProbe(bench: BenchOptions, use: (probe: RestProbe) => Promise<void>): Promise<void> {
  const probe = new RestProbe(bench)
  try {
    await use(probe)
  } finally {
    await probe.end()
  }
}

export class RestProbe {
  readonly #child: Child<RestApi>

  constructor(bench: BenchOptions) {
    const file = import.meta.resolve('../load/rest.process.ts')
    this.#child = new Child({ name: 'REST requests', file, ...coresFor('clients', bench) })
  }

  /** Asks for `path` so many times a second while `run` runs. */
  async during<Result>(
    port: number,
    path: string,
    requestsPerSecond: number,
    run: () => Promise<Result>
  ): Promise<readonly [Result, RestFigures]> {
    await this.#child.ask('start', { port, path, requestsPerSecond })
    const result = await run()
    const { latenciesMs, failed } = await this.#child.ask('stop')
    const [p50, p99, max] = [0.5, 0.99, 1].map((share) => quantile(latenciesMs, share))
    return [result, { requests: latenciesMs.length, failed, p50: p50 ?? 0, p99: p99 ?? 0, max: max ?? 0 }]
  }

  end(): Promise<void> {
    return this.#child.end()
  }
}
