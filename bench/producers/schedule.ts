/** How does a producer keep a schedule so that a stall, its own or the server's, cannot hide itself? */
import { setTimeout as sleep } from 'node:timers/promises'
import { BroadcastChannel } from 'node:worker_threads'
import { BUS, type BusMessage, dueAt, type Plan } from './plan.ts'

/** One tick that is due now, or was missed and is made up for. */
export interface Tick {
  readonly plan: Plan
  readonly tick: number
  /** When it was due, ms since the Unix epoch: what latency is measured from. */
  readonly scheduledTime: number
}

/**
 * Every tick of every plan that comes over the bus, none before its time and none left out.
 *
 * @param phaseMs what is added to every time, so that several producers do not come in step.
 */
export async function* ticks(signal: AbortSignal, phaseMs = 0): AsyncGenerator<Tick, void, undefined> {
  const bus = new BroadcastChannel(BUS)
  const tell = (message: BusMessage) => bus.postMessage(message)
  try {
    for (;;) {
      const coming = nextPlan(bus, signal)
      tell({ type: 'ready' })
      const plan = await coming
      if (plan === undefined) return
      let lateMs = 0
      for (let tick = 0; tick < plan.ticks && !signal.aborted; tick++) {
        const scheduledTime = plan.startTime + phaseMs + tick * plan.tickMs
        lateMs = Math.max(lateMs, await waitUntil(scheduledTime, signal))
        yield { plan, tick, scheduledTime }
      }
      tell({ type: 'produced', produced: { id: plan.id, messages: dueAt(plan, plan.ticks - 1), lateMs } })
    }
  } finally {
    bus.close()
  }
}

/** The next plan; `undefined` when the producer is stopped. */
function nextPlan(bus: BroadcastChannel, signal: AbortSignal): Promise<Plan | undefined> {
  return new Promise((resolve) => {
    const stop = () => resolve(undefined)
    signal.addEventListener('abort', stop, { once: true })
    bus.onmessage = ({ data }: { readonly data: unknown }) => {
      const message = data as BusMessage
      if (message.type !== 'plan') return
      signal.removeEventListener('abort', stop)
      resolve(message.plan)
    }
  })
}

/** @returns how late it is, ms. */
async function waitUntil(time: number, signal: AbortSignal): Promise<number> {
  for (;;) {
    const leftMs = time - (performance.timeOrigin + performance.now())
    if (leftMs <= 0 || signal.aborted) return -leftMs
    try {
      // Rounded up by the timer itself; a loop, since timers may fire a fraction of a millisecond early.
      await sleep(Math.max(1, Math.floor(leftMs)), undefined, { signal })
    } catch (cause) {
      if (!signal.aborted) throw cause
    }
  }
}
