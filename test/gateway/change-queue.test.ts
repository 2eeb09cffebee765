import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ChangeQueue } from '../../src/gateway/change-queue.ts'
import { Subscriber } from '../../src/gateway/subscriber.ts'
import { FakeConnection } from './support/fake-connection.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** A queue whose clients read unless they are among `unread`, and the names of what was made. */
function queue() {
  const unread = new Set<Subscriber>()
  const made: string[] = []
  let wakes = 0
  const changes = new ChangeQueue({ hasRoom: (subscriber) => !unread.has(subscriber), wake: () => (wakes += 1) })
  const client = (id: string) => new Subscriber(new FakeConnection(id), 0)
  const ask = (subscriber: Subscriber, name: string) => {
    changes.add(subscriber, () => made.push(`${subscriber.connection.id}${name}`))
  }
  const makeOnce = () => {
    wakes = 0
    changes.make(0)
    return made.splice(0).join(' ')
  }
  /** All that can be made now: on a busy machine there is not always time for it in one go. */
  const make = () => {
    let all = makeOnce()
    while (wakes > 0) all = `${all} ${makeOnce()}`.trim()
    return all
  }
  return { changes, unread, client, ask, make, makeOnce, wakes: () => wakes, made }
}

it('makes the changes of each client in order, and those of all in turns', () => {
  const { client, ask, make } = queue()
  const [a, b] = [client('a'), client('b')]
  for (const name of ['1', '2', '3']) ask(a, name)
  ask(b, '1')
  ask(b, '2')
  expect(make()).toBe('a1 b1 a2 b2 a3')
})

it('lets a client that does not read wait, and nobody else, and looks again by and by', () => {
  const { unread, client, ask, make, wakes } = queue()
  const [a, b] = [client('a'), client('b')]
  unread.add(a)
  ask(a, '1')
  ask(a, '2')
  ask(b, '1')
  expect(make()).toBe('b1')
  expect(wakes()).toBe(0)
  vi.advanceTimersByTime(100)
  expect(wakes()).toBe(1)
  unread.delete(a)
  ask(a, '3')
  expect(make()).toBe('a1 a2 a3')
  vi.advanceTimersByTime(100)
  expect(wakes()).toBe(0)
})

it('makes no more changes for a client whose answers have filled its room', () => {
  const { changes, unread, client, ask, make } = queue()
  const a = client('a')
  ask(a, '1')
  changes.add(a, () => void unread.add(a))
  ask(a, '3')
  expect(make()).toBe('a1')
  unread.delete(a)
  expect(make()).toBe('a3')
})

it('keeps what a client asks for in the course of a change', () => {
  const { changes, client, ask, make } = queue()
  const a = client('a')
  changes.add(a, () => ask(a, '3'))
  ask(a, '2')
  expect(make()).toBe('a2 a3')
})

it('makes what a client did not ask for although it does not read', () => {
  const { changes, unread, client, ask, make, made } = queue()
  const a = client('a')
  unread.add(a)
  ask(a, '1')
  changes.addOwn(a, () => made.push('return'))
  expect(make()).toBe('return')
})

it('forgets the changes of a client that is gone', () => {
  const { unread, client, ask, make } = queue()
  const a = client('a')
  unread.add(a)
  ask(a, '1')
  ask(a, '2')
  a.isGone = true
  expect(make()).toBe('')
  a.isGone = false
  unread.clear()
  expect(make()).toBe('')
})

it('leaves to the next flush what there is no time for, and asks for it', () => {
  const { changes, client, makeOnce, wakes, made } = queue()
  const slow = () => {
    const end = performance.now() + 30
    while (performance.now() < end);
    made.push('slow')
  }
  for (const id of ['a', 'b']) changes.add(client(id), slow)
  expect(makeOnce()).toBe('slow')
  expect(wakes()).toBe(1)
  expect(makeOnce()).toBe('slow')
  expect(wakes()).toBe(0)
})
