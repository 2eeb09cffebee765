import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { OpsVisitor } from '../../src/gateway/ops-door.ts'
import { LoadSampler } from '../../src/ops/load-sampler.ts'
import { OpsDesk, type PresentFigures } from '../../src/ops/ops-desk.ts'
import type { OpsAnswer, OpsFigures } from '../../src/protocol/ops-events.ts'
import { FakeConnection } from '../gateway/support/fake-connection.ts'
import { TestGateway } from '../gateway/support/test-gateway.ts'

const TOKEN = 'a-token-of-some-length'
const visitor: OpsVisitor = { address: '10.0.0.1', headers: {}, token: TOKEN }

/** A desk over a real gateway without sockets; its clock stands still until it is moved. */
function deskOver(gateway = new TestGateway()) {
  const { fanOut, lanes, plant } = gateway
  const now = () => gateway.nowMs
  const load = new LoadSampler({
    ...{ counters: plant.counters, queueDepth: () => plant.queue.size, loopDelay: () => ({ p50: 0, p99: 0, max: 0 }) },
    ...{ clients: () => fanOut.subscribers.size, slowClients: () => gateway.fanOut.behindCount, now }
  })
  const figures = vi.fn(() => ({ uptimeMs: 1, producers: [] }) as unknown as PresentFigures)
  const restartProducer = vi.fn((name: string) => ({ gold: true, stopped: false })[name])
  const log = { info: vi.fn(), warn: vi.fn() }
  const desk = new OpsDesk({
    ...{ opsToken: TOKEN, catalog: plant.catalog, lanes, subscribers: fanOut.subscribers, load, figures },
    ...{ restartProducer, counters: plant.counters, log: log as never, now }
  })
  desk.start()
  onTestFinished(() => desk.stop())
  const open = (access: 'token' | 'local' = 'token') => {
    const events: (readonly [string, unknown])[] = []
    const link = { address: '10.0.0.1', send: (event: string, payload: unknown) => events.push([event, payload]) > 0 }
    const handle = desk.open(link, access)
    const request = (name: string, payload?: unknown) => {
      const answers: OpsAnswer[] = []
      handle.request(name, payload, (answer) => answers.push(answer))
      return answers
    }
    const shown = () => events.flatMap(([event, payload]) => (event === 'ops' ? [payload as OpsFigures] : []))
    return { events, request, shown, end: () => handle.end() }
  }
  return { gateway, desk, figures, restartProducer, log, open }
}

/** Everything is counted in turns, which are more where the machine is busy. The test's own limit of time ends it. */
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve))
}

describe('the desk of the operators', () => {
  it('reads nothing as long as nobody looks, and once a second for all who do', async () => {
    const { gateway, figures, open } = deskOver()
    const looks = () => figures.mock.calls.length
    gateway.pass(10_000)
    expect(looks()).toBe(0)
    const one = open()
    await until(() => looks() === 1)
    const other = open('local')
    await until(() => looks() === 2)
    for (let second = 1; second <= 3; second++) {
      gateway.pass(1_000)
      await until(() => looks() === 2 + second)
    }
    expect(one.events.map(([name]) => name)).toEqual(['hello', 'ops', 'ops', 'ops', 'ops'])
    expect(other.shown()).toHaveLength(4)
    one.end()
    other.end()
    gateway.pass(10_000)
    expect(figures).toHaveBeenCalledTimes(2 + 3)
  })

  it('counts every client once, and shows the largest of those that are searched for', async () => {
    const { gateway, open } = deskOver()
    const backlogs = Array.from({ length: 60 }, (_, n) => (n * 7) % 60)
    for (const backlogBytes of backlogs) {
      const connection = new FakeConnection(`c${backlogBytes}`, backlogBytes % 2 === 0 ? '10.0.0.2' : '10.0.0.3')
      connection.backlogBytes = backlogBytes
      gateway.clients.open(connection, connection.address)
    }
    const operator = open()
    operator.request('watch', { clients: { search: '0.0.3' } })
    await until(() => operator.shown().length === 2)
    const [all, searched] = operator.shown().map(({ clients }) => clients)
    const idsOf = (clients = all) => clients?.list.map(({ id }) => id)

    expect(all).toMatchObject({ count: 60, matched: 60, byTransport: { websocket: 60 }, backlogBytes: 1_770, slow: 0 })
    expect(idsOf()).toEqual(Array.from({ length: 50 }, (_, n) => `c${59 - n}`))
    expect(searched).toMatchObject({ count: 60, matched: 30 })
    expect(idsOf(searched)).toEqual(Array.from({ length: 30 }, (_, n) => `c${59 - 2 * n}`))
  })

  it('shows who is behind, why and for how long', async () => {
    const { gateway, open } = deskOver(new TestGateway({ maxBacklogBytes: 10_000 }))
    const gold = gateway.produce('lab', 'e1', 'quote:X:A')
    const { connection } = await gateway.subscribed('quote:X:A')
    connection.backlogBytes = 20_000
    gold.publish(0)
    await gateway.flush()
    gateway.pass(400)
    const operator = open()
    await until(() => operator.shown().length === 1)
    const [shown] = operator.shown()

    expect(shown?.clients).toMatchObject({
      slow: 1,
      subscriptions: 1,
      groups: [{ rateHz: 100, count: 1 }],
      slowest: [{ channels: 1, backlogBytes: 20_000, behind: { reason: 'backlog', ageMs: 410 } }]
    })
  })

  it('does what it is told by an operator with the token, and notes who told it', () => {
    const { gateway, restartProducer, log, open } = deskOver()
    const connection = new FakeConnection('c1')
    gateway.clients.open(connection, connection.address)
    const { request } = open()

    expect(request('restartProducer', { name: 'gold' })).toEqual([{ ok: true }])
    expect(restartProducer).toHaveBeenCalledWith('gold', expect.stringContaining('operator'))
    expect(request('kickClient', { id: 'c1' })).toEqual([{ ok: true }])
    expect(connection.closings).toEqual(['closedByOperator'])
    expect(log.info.mock.calls.flat().filter((line) => /10\.0\.0\.1.*(gold|c1)/.test(line))).toHaveLength(2)
  })

  it.each([
    ['restartProducer', { name: 'silver' }, 'unknownProducer'],
    ['restartProducer', { name: 'stopped' }, 'shutdown'],
    ['restartProducer', {}, 'badRequest'],
    ['kickClient', { id: 'c2' }, 'unknownClient'],
    ['kickClient', 'c1', 'badRequest'],
    ['watch', { clients: { order: 'beauty' } }, 'badRequest'],
    ['', undefined, 'unknownRequest']
  ])('refuses %s %j: %s', (name, payload, code) => {
    expect(deskOver().open().request(name, payload)).toMatchObject([{ error: { name: code } }])
  })

  it('takes no command from who only may look', () => {
    const { restartProducer, open } = deskOver()
    const { request } = open('local')
    expect(request('restartProducer', { name: 'gold' })).toMatchObject([{ error: { name: 'readOnly' } }])
    expect(request('watch', {})).toEqual([{ ok: true }])
    expect(restartProducer).not.toHaveBeenCalled()
  })

  it('holds back who asks without end', () => {
    const { gateway, open } = deskOver()
    const { request } = open()
    const answers = Array.from({ length: 60 }, () => request('watch', {})).flat()
    expect(answers.filter((answer) => 'error' in answer)).toHaveLength(10)
    gateway.pass(1_000)
    expect(request('watch', {})).toEqual([{ ok: true }])
  })

  it('takes in sixteen operators, and counts whom it refuses without flooding the log', () => {
    const { gateway, desk, log, open } = deskOver()
    const operators = Array.from({ length: 16 }, () => {
      expect(desk.admit(visitor)).toBe('token')
      return open()
    })
    for (let n = 0; n < 5; n++) expect(desk.admit(visitor)).toMatchObject({ name: 'tooManyConnections' })
    expect(gateway.plant.counters.operatorsRefused).toBe(5)
    expect(log.warn).toHaveBeenCalledTimes(1)
    operators[0]?.end()
    expect(desk.admit(visitor)).toBe('token')
    expect(desk.admit({ ...visitor, token: 'wrong' })).toMatchObject({ name: 'tokenNeeded' })
  })
})
