/** How long does REST take while the server is busy? Asked at a fixed rate, timed from when each request was due. */
import { Agent, get } from 'node:http'
import { answer } from '../harness/answering.ts'

/** Connections at most; a server that answers needs few. */
const MAX_SOCKETS = 256
/** Longest wait for an answer, ms. */
const ANSWER_MS = 30_000

export type RestApi = {
  /** Begins to ask. */
  start(options: { readonly port: number; readonly path: string; readonly requestsPerSecond: number }): void
  /** Ends, and tells how long each request took, ms, and how many failed. */
  stop(): Promise<{ readonly latenciesMs: Float64Array; readonly failed: number; readonly cpuMicros: number }>
}

let isRunning = false
let finished: Promise<{ readonly latenciesMs: Float64Array; readonly failed: number }> | undefined
let begunCpu = process.cpuUsage()

const api: RestApi = {
  start({ port, path, requestsPerSecond }) {
    isRunning = true
    begunCpu = process.cpuUsage()
    finished = probe(`http://127.0.0.1:${port}${path}`, 1_000 / requestsPerSecond)
  },
  async stop() {
    isRunning = false
    const { latenciesMs, failed } = (await finished) ?? { latenciesMs: new Float64Array(), failed: 0 }
    const { user, system } = process.cpuUsage(begunCpu)
    return { latenciesMs, failed, cpuMicros: user + system }
  }
}

answer(api)

async function probe(url: string, everyMs: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS })
  const latencies: number[] = []
  const underWay = new Set<Promise<void>>()
  let failed = 0
  const startMs = performance.now()
  for (let n = 0; isRunning; n++) {
    const dueMs = startMs + n * everyMs
    while (performance.now() < dueMs) await new Promise((resolve) => setTimeout(resolve, 1))
    const request = ask(url, agent).then(
      () => void latencies.push(performance.now() - dueMs),
      () => {
        failed += 1
      }
    )
    underWay.add(request)
    void request.then(() => underWay.delete(request))
  }
  await Promise.all(underWay)
  agent.destroy()
  return { latenciesMs: Float64Array.from(latencies), failed }
}

function ask(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, timeout: ANSWER_MS }, (response) => {
      response.resume()
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`))
      response.on('end', resolve)
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${ANSWER_MS} ms`)))
    request.on('error', reject)
  })
}
