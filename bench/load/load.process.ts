/** How do clients load a server without taking its CPU? In a process of their own, which also tells its own share. */
import { answer } from '../harness/answering.ts'
import { Crowd } from './crowd.ts'
import type { LoadApi } from './load-api.ts'

let crowd: Crowd | undefined

const api: LoadApi = {
  open(options) {
    crowd = new Crowd(options)
  },
  async connect(clients) {
    const [startedMs, startedCpu] = [performance.now(), process.cpuUsage()]
    await opened().connect(clients)
    const { user, system } = process.cpuUsage(startedCpu)
    return { elapsedMs: performance.now() - startedMs, cpuMicros: user + system }
  },
  subscribe: (options) => opened().subscribe(options),
  begin: () => opened().begin(),
  finish: (options) => opened().finish(options),
  stall: (every) => opened().stall(every),
  release: () => opened().release(),
  join: (options) => opened().join(options),
  arrivals: () => opened().arrivals(),
  remarks: () => opened().remarks()
}

answer(api)

function opened(): Crowd {
  if (crowd === undefined) throw new Error('expected to be opened first')
  return crowd
}
