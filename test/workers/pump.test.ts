import { setImmediate, setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import type { FeedMessage } from '../../src/protocol/feed-message.ts'
import type { ProducerToMain } from '../../src/protocol/port-messages.ts'
import type { Feed } from '../../workers/feeds/feed.ts'
import { Outbox } from '../../workers/outbox.ts'
import { pump, type Stage } from '../../workers/pump.ts'
import { quote, trade } from '../support/messages.ts'
import { KeptPort, updatesIn } from '../support/segments.ts'

/** Computes nothing. */
const PASS_ON: Stage = { apply: (messages) => messages, drain: () => [] }

interface TestFeed extends Feed {
  pulls: number
}

function feedOf(canPause: boolean, batches: Iterable<readonly FeedMessage[]>): TestFeed {
  const feed: TestFeed = {
    canPause,
    pulls: 0,
    open: async () => [],
    close: async () => undefined,
    async *messages() {
      for (const batch of batches) {
        feed.pulls += 1
        yield batch
      }
    }
  }
  return feed
}

function* tradesForEver(symbol = 'A') {
  for (let n = 1; ; n++) yield [trade(symbol, n)]
}

function openOutbox(credit: number, merges: boolean) {
  const port = new KeptPort()
  return { port, outbox: new Outbox({ port, epoch: 'e', credit, merges, now: () => 0 }) }
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await setImmediate()
}

describe('A feed that can pause', () => {
  it('is not asked for more while there is no credit, and goes on when there is', async () => {
    const { port, outbox } = openOutbox(3, false)
    const feed = feedOf(true, tradesForEver())
    const stopping = new AbortController()
    const done = pump(feed, PASS_ON, outbox, stopping.signal)
    await turns(5)
    expect([feed.pulls, port.updates.length]).toEqual([3, 3])
    outbox.grant(2, 2)
    await turns(5)
    expect([feed.pulls, port.updates.length]).toEqual([5, 5])
    stopping.abort()
    await done
  })

  it('tells that its time begins anew after all that came before, however long that waits', async () => {
    const { port, outbox } = openOutbox(1, false)
    const feed = feedOf(true, [[trade('A', 1), trade('A', 2), { rewind: true }, trade('A', 3)]])
    const done = pump(feed, PASS_ON, outbox, new AbortController().signal)
    await turns(3)
    expect(port.posted.map(({ type }) => type)).toEqual(['channels', 'batch'])
    for (let grant = 0; grant < 3; grant++) {
      outbox.grant(1, 1)
      await turns(3)
    }
    await done

    const told = port.posted.flatMap<number | string>((message) =>
      message.type === 'batch' ? updatesIn(message).map(({ seq }) => seq) : message.type
    )
    expect(told).toEqual(['channels', 1, 2, 'rewind', 3])
  })

  it('is stopped while it waits for credit', async () => {
    const { outbox } = openOutbox(0, false)
    const stopping = new AbortController()
    const done = pump(feedOf(true, tradesForEver()), PASS_ON, outbox, stopping.signal)
    await turns(2)
    stopping.abort()

    await expect(done).resolves.toBeUndefined()
  })

  it('keeps no trace of its pauses, or a recording played for days would fill the memory', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const pauses = 40_000
    const outbox: Outbox = new Outbox({
      port: { postMessage: (message: ProducerToMain) => queueMicrotask(() => grant(message)) },
      epoch: 'e',
      credit: 1,
      merges: false,
      now: () => 0
    })
    const grant = (message: ProducerToMain) => message.type === 'batch' && outbox.grant(message.credit, 1)
    const heapBytes: number[] = []
    function* measured() {
      for (let n = 0; n <= pauses; n++) {
        if (n === 1_000 || n === pauses) {
          collect()
          heapBytes.push(process.memoryUsage().heapUsed)
        }
        yield [trade('A', n)]
      }
    }
    await pump(feedOf(true, measured()), PASS_ON, outbox, new AbortController().signal)

    const [before = 0, after = 0] = heapBytes
    expect(outbox.totals.pauses).toBeGreaterThan(pauses / 2)
    expect(after - before).toBeLessThan(2_000_000)
  })
})

describe('A live feed', () => {
  it('is asked on without credit, and its thread still hears of credit and of the end', async () => {
    const { port, outbox } = openOutbox(1, true)
    const stopping = new AbortController()
    const feed = feedOf(
      false,
      (function* () {
        for (let n = 1; ; n++) yield [quote('A', n)]
      })()
    )
    const done = pump(feed, PASS_ON, outbox, stopping.signal)
    await turns(3)
    outbox.grant(1, 1)
    await turns(3)
    stopping.abort()
    await done

    const [first, second] = port.updates
    expect(feed.pulls).toBeGreaterThan(10)
    expect([first?.seq, second?.prev]).toEqual([1, 1])
    expect(second?.seq).toBeGreaterThan(2)
  })
})

it('A feed that waits by itself is asked on at once, without a turn of its own for others each time', async () => {
  const { port, outbox } = openOutbox(100, true)
  const turnsTaken: number[] = []
  let turn = 0
  const nextTurn = () => {
    turn += 1
  }
  const feed: Feed = {
    ...feedOf(false, []),
    async *messages() {
      for (let n = 1; n <= 5; n++) {
        await wait(20)
        const before = turn
        setImmediate().then(nextTurn)
        yield [trade('A', n)]
        turnsTaken.push(turn - before)
      }
    }
  }
  await pump(feed, PASS_ON, outbox, new AbortController().signal)

  expect(port.updates).toHaveLength(5)
  expect(turnsTaken).toEqual([0, 0, 0, 0, 0])
})

describe('At the end of its source', () => {
  it.each([true, false])('a producer (can pause: %s) stays until all that waits was sent', async (canPause) => {
    const { port, outbox } = openOutbox(2, !canPause)
    let isDone = false
    const all = [1, 2, 3, 4, 5].map((n) => trade('A', n))
    const done = pump(feedOf(canPause, [all]), PASS_ON, outbox, new AbortController().signal).then(() => {
      isDone = true
    })
    await turns(3)
    expect([isDone, port.updates.length]).toEqual([false, 2])
    outbox.grant(2, 1)
    await turns(3)
    expect([isDone, port.updates.length]).toEqual([false, 4])
    outbox.grant(2, 1)
    await done
    expect(port.updates.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  })

  it('a producer whose feed fails passes the failure on', async () => {
    const { outbox } = openOutbox(2, true)
    const feed = feedOf(
      false,
      // biome-ignore lint/correctness/useYield: it fails before its first batch
      (function* (): Generator<FeedMessage[]> {
        throw new Error('the line is dead')
      })()
    )

    await expect(pump(feed, PASS_ON, outbox, new AbortController().signal)).rejects.toThrow('the line is dead')
  })
})
