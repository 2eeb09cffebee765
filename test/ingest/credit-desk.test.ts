import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CreditDesk } from '../../src/ingest/credit-desk.ts'
import type { ProducerLink } from '../../src/ingest/producer-link.ts'

const patienceMs = 100

function openDesk() {
  const state = { isCongested: false, isDrained: true }
  const desk = new CreditDesk({
    isCongested: () => state.isCongested,
    isDrained: () => state.isDrained,
    patienceMs,
    now: () => performance.now()
  })
  const grants = { live: 0, pausable: 0 }
  const calls = { live: 0, pausable: 0 }
  for (const kind of ['live', 'pausable'] as const) {
    const link = {
      canPause: kind === 'pausable',
      grant: () => (grants[kind] += 1),
      callIn: () => (calls[kind] += 1),
      keepWaiting: () => undefined
    }
    desk.links.add(link as unknown as ProducerLink)
  }
  return { desk, state, grants, calls }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('The credit desk', () => {
  it('gives credit to every producer when the queue was emptied', () => {
    const { desk, grants } = openDesk()
    desk.grantAll()

    expect(grants).toEqual({ live: 1, pausable: 1 })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('keeps a feed that can pause waiting while a client is congested, and no other', () => {
    const { desk, state, grants } = openDesk()
    state.isCongested = true
    desk.grantAll()
    vi.advanceTimersByTime(patienceMs / 2)

    expect(grants.pausable).toBe(0)
    expect(grants.live).toBeGreaterThanOrEqual(1)
  })

  it('calls everybody in, but not a feed that can pause while a client is congested', () => {
    const { desk, state, calls, grants } = openDesk()
    desk.callIn()
    expect(calls).toEqual({ live: 1, pausable: 1 })
    state.isCongested = true
    desk.callIn()
    expect(calls).toEqual({ live: 2, pausable: 1 })
    expect(grants).toEqual({ live: 0, pausable: 0 })
  })

  it('gives it credit soon after the congestion is over, although the queue stays empty', () => {
    const { desk, state, grants } = openDesk()
    state.isCongested = true
    desk.grantAll()
    vi.advanceTimersByTime(30)
    state.isCongested = false
    vi.advanceTimersByTime(5)

    expect(grants.pausable).toBe(1)
    vi.advanceTimersByTime(1_000)
    expect(grants.pausable).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('gives nobody credit for what waits in the queue again', () => {
    const { desk, state, grants } = openDesk()
    state.isCongested = true
    desk.grantAll()
    state.isDrained = false
    vi.advanceTimersByTime(2 * patienceMs)
    expect(grants).toEqual({ live: 1, pausable: 0 })
    expect(vi.getTimerCount()).toBe(0)
    state.isCongested = false
    desk.grantAll()
    expect(grants).toEqual({ live: 2, pausable: 1 })
  })

  it('loses patience with one slow client', () => {
    const { desk, state, grants } = openDesk()
    state.isCongested = true
    desk.grantAll()
    vi.advanceTimersByTime(patienceMs - 1)
    expect(grants.pausable).toBe(0)
    vi.advanceTimersByTime(5)
    expect(grants.pausable).toBe(1)
    desk.grantAll()
    expect(grants.pausable).toBe(2)
  })

  it('has its patience back after a moment without congestion', () => {
    const { desk, state, grants } = openDesk()
    state.isCongested = true
    desk.grantAll()
    vi.advanceTimersByTime(patienceMs + 5)
    state.isCongested = false
    desk.grantAll()
    const before = grants.pausable
    state.isCongested = true
    desk.grantAll()
    vi.advanceTimersByTime(patienceMs - 1)

    expect(grants.pausable).toBe(before)
  })

  it('lets a producer that is gone have nothing', () => {
    const { desk, state, grants } = openDesk()
    state.isCongested = true
    desk.grantAll()
    desk.links.clear()
    state.isCongested = false
    vi.advanceTimersByTime(1_000)

    expect(grants.pausable).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('gives nothing more once it is stopped', () => {
    const { desk, state, grants } = openDesk()
    state.isCongested = true
    desk.grantAll()
    desk.stop()
    state.isCongested = false
    vi.advanceTimersByTime(1_000)

    expect(grants.pausable).toBe(0)
  })
})
