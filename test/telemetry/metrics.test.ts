import { describe, expect, it } from 'vitest'
import { readBuildInfo } from '../../src/telemetry/build-info.ts'
import { COUNTERS, createCounters } from '../../src/telemetry/counters.ts'
import { GAUGES, METRIC_NAMES } from '../../src/telemetry/metric-tables.ts'
import { type MeasuredProducer, Metrics } from '../../src/telemetry/metrics.ts'

const build = { name: 'tickcast', version: '1.2.3', node: 'v24.0.0' }
const producer = { name: 'synthetic', state: 'running', channels: 5, messages: 7, merged: 2, dropped: 1, restarts: 3 }

function setUp() {
  const counters = createCounters()
  const gauges = Object.fromEntries(Object.keys(GAUGES).map((name) => [name, 0])) as Record<keyof typeof GAUGES, number>
  const producers: MeasuredProducer[] = []
  const metrics = new Metrics({ counters, gauges: () => gauges, producers: () => producers, build })
  const lines = async () => (await metrics.page()).body.split('\n')
  return { counters, gauges, producers, metrics, lines }
}

describe('The metrics page', () => {
  it('is in the text format of Prometheus', async () => {
    const { contentType, body } = await setUp().metrics.page()
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(body).toContain(`# HELP tickcast_flushes_total ${COUNTERS.flushes}\n# TYPE tickcast_flushes_total counter\n`)
    expect(body).toContain(`# HELP tickcast_clients ${GAUGES.clients}\n# TYPE tickcast_clients gauge\n`)
  })

  it('shows every counter as it is at the scrape, not as the sum of scrapes', async () => {
    const { counters, lines } = setUp()
    counters.messagesReceived = 41
    expect(await lines()).toContain('tickcast_messages_received_total 41')
    counters.messagesReceived += 1
    expect(await lines()).toContain('tickcast_messages_received_total 42')
    expect(await lines()).toContain('tickcast_messages_received_total 42')
  })

  it('shows gauges that rise and fall', async () => {
    const { gauges, lines } = setUp()
    gauges.queueDepth = 9
    gauges.eventLoopDelayP99Seconds = 0.004
    expect(await lines()).toEqual(
      expect.arrayContaining(['tickcast_queue_depth 9', 'tickcast_event_loop_delay_p99_seconds 0.004'])
    )
    gauges.queueDepth = 0
    expect(await lines()).toContain('tickcast_queue_depth 0')
  })

  it('shows each producer by name, and forgets one that is gone', async () => {
    const { producers, lines } = setUp()
    producers.push(producer, { ...producer, name: 'replay', state: 'restarting', messages: 0 })
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'tickcast_producer_up{producer="synthetic"} 1',
        'tickcast_producer_up{producer="replay"} 0',
        'tickcast_producer_channels{producer="synthetic"} 5',
        'tickcast_producer_messages_total{producer="synthetic"} 7',
        'tickcast_producer_messages_total{producer="replay"} 0',
        'tickcast_producer_merged_total{producer="synthetic"} 2',
        'tickcast_producer_dropped_total{producer="synthetic"} 1',
        'tickcast_producer_restarts_total{producer="synthetic"} 3'
      ])
    )
    producers.pop()
    expect((await lines()).some((line) => line.includes('"replay"'))).toBe(false)
  })

  it.each([
    ['starting', 0],
    ['running', 1],
    ['holding', 1],
    ['finished', 1],
    ['silent', 0],
    ['restarting', 0],
    ['stopped', 0]
  ])('counts a producer that is %s as up: %i', async (state, up) => {
    const { producers, lines } = setUp()
    producers.push({ ...producer, state })
    expect(await lines()).toContain(`tickcast_producer_up{producer="synthetic"} ${up}`)
  })

  it('says what is running', async () => {
    const line = 'tickcast_build_info{name="tickcast",version="1.2.3",node="v24.0.0"} 1'
    const { lines } = setUp()
    await lines()
    expect(await lines()).toContain(line)
  })

  it('tells the memory and CPU time of the process', async () => {
    const sampleOf = (lines: readonly string[], name: string) =>
      Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1])
    const lines = await setUp().lines()
    expect(sampleOf(lines, 'process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
    expect(sampleOf(lines, 'process_cpu_seconds_total')).toBeGreaterThan(0)
    expect(sampleOf(lines, 'process_start_time_seconds')).toBeCloseTo(performance.timeOrigin / 1_000, 0)
  })

  it('holds the names of the list of metrics, all of them and no others', async () => {
    const { lines, producers } = setUp()
    producers.push(producer)
    const names = (await lines()).flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? [])
    expect(names.sort()).toEqual([...METRIC_NAMES].sort())
  })

  it('belongs to one app: two apps in one process do not share it', async () => {
    const [one, two] = [setUp(), setUp()]
    one.counters.flushes = 5
    expect(await one.lines()).toContain('tickcast_flushes_total 5')
    expect(await two.lines()).toContain('tickcast_flushes_total 0')
  })
})

describe('The build', () => {
  it('is that of the package', () => {
    expect(readBuildInfo()).toEqual({
      name: 'tickcast',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.version
    })
  })
})
