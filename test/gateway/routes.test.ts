import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ChannelState } from '../../src/broadcast/channel-state.ts'
import { Cohorts } from '../../src/gateway/cohort.ts'
import { Routes } from '../../src/gateway/routes.ts'
import { Subscriber } from '../../src/gateway/subscriber.ts'
import { updatesEnd } from '../../src/gateway/updates-frame.ts'
import { segmentOf } from '../support/segments.ts'
import { FakeConnection } from './support/fake-connection.ts'

const CHANNELS = 5
const END = updatesEnd(0)

const anyChannel = fc.nat({ max: CHANNELS - 1 })
const anyStep = fc.oneof(
  fc.record({ type: fc.constant('come' as const), channels: fc.uniqueArray(anyChannel, { minLength: 1 }) }),
  fc.record({ type: fc.constant('go' as const), client: fc.nat({ max: 20 }) }),
  fc.record({ type: fc.constant('flush' as const), messages: fc.array(anyChannel, { maxLength: 12 }) })
)

it('give each cohort its messages in order, in the order of places, whoever has come and gone before', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), fc.constantFrom(1, -1, 7), (steps, stride) => {
      const cohorts = new Cohorts()
      const routes = new Routes(cohorts)
      const states = Array.from(
        { length: CHANNELS },
        (_, id) => new ChannelState(id, `news:LAB:N${id}`, 'channel', 'event', 'lab', 'e')
      )
      const clients: { client: Subscriber; channels: ReadonlySet<ChannelState> }[] = []
      /** Up, down, or to and fro, each once. */
      let place = 100
      let seq = 0
      for (const step of steps) {
        if (step.type === 'come') {
          const client = new Subscriber(new FakeConnection(), 0)
          place = (place + stride) % 200
          client.place = place
          const channels = new Set(step.channels.map((id) => states[id] as ChannelState))
          cohorts.get(channels).join(client)
          clients.push({ client, channels })
        } else if (step.type === 'go') {
          for (const { client, channels } of clients.splice(step.client, 1)) {
            const cohort = cohorts.get(channels)
            cohort.leave(client)
            cohorts.release(cohort)
          }
        } else {
          const sent = step.messages.map((id) => ({ channel: states[id] as ChannelState, seq: ++seq }))
          for (const { channel, seq } of sent) {
            const { segment, index } = segmentOf(channel, { seq })
            routes.add(segment, index, channel)
          }
          const active = routes.end()
          const places = active.map(({ members }) => members.map((member) => member.place))
          for (const own of places) expect(own).toEqual(own.toSorted((a, b) => a - b))
          const firstPlaces = places.map(([first]) => first ?? 0)
          expect(firstPlaces).toEqual(firstPlaces.toSorted((a, b) => a - b))
          expect(new Set(active).size).toBe(active.length)
          const wanted = clients.filter(({ channels }) => sent.some(({ channel }) => channels.has(channel)))
          expect(new Set(active.flatMap(({ members }) => members))).toEqual(new Set(wanted.map(({ client }) => client)))
          for (const cohort of active) {
            const expected = sent.filter(({ channel }) => cohort.channels.has(channel)).map(({ seq }) => seq)
            const connection = new FakeConnection()
            const frame = cohort.frame(END)
            if (frame !== undefined) connection.send(frame)
            expect(connection.updates.map(({ seq }) => seq)).toEqual(expected)
            cohort.clear()
          }
        }
      }
    }),
    { numRuns: 300 }
  )
})
