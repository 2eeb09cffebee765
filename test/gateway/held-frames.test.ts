import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Frame } from '../../src/gateway/frame.ts'
import { HeldFrames } from '../../src/gateway/held-frames.ts'

const PREFIX = '2/ws/rt_market,'
const anyData = fc
  .oneof(fc.json(), fc.constantFrom('"]"', '"],{\\"emitTime\\":1}]"', '{"emitTime":5}', '"\\u2028"'))
  .map((json) => JSON.parse(json) as unknown)
const anyEvent = fc.oneof(
  fc.record({
    name: fc.constant('updates'),
    updates: fc.array(anyData, { minLength: 1, maxLength: 4 }),
    emitTime: fc.nat()
  }),
  fc.record({ name: fc.constantFrom('heartbeat', 'status', 'größe'), payload: anyData })
)

it('makes one event of updates that lie side by side, and keeps everything in order', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 12 }), (events) => {
      const held = new HeldFrames()
      let bytes = 0
      for (const event of events) {
        const payload = 'updates' in event ? [event.updates, { emitTime: event.emitTime }] : [event.payload]
        const frame = Frame.ofEvent(event.name, ...payload)
        bytes += frame.jsonLength
        held.hold(frame)
      }
      expect([held.bytes, held.isEmpty]).toEqual([bytes, events.length === 0])
      const packets = held.take().map((packet) => {
        expect(packet.startsWith(PREFIX)).toBe(true)
        return JSON.parse(packet.slice(PREFIX.length)) as [string, ...unknown[]]
      })
      const expected: [string, ...unknown[]][] = []
      for (const event of events) {
        const last = expected.at(-1)
        if (!('updates' in event)) expected.push([event.name, event.payload])
        else if (last?.[0] === 'updates')
          expected.splice(-1, 1, [
            'updates',
            [...(last[1] as unknown[]), ...event.updates],
            { emitTime: event.emitTime }
          ])
        else expected.push(['updates', event.updates, { emitTime: event.emitTime }])
      }
      expect(packets).toEqual(JSON.parse(JSON.stringify(expected)))
      expect([held.bytes, held.isEmpty, held.take()]).toEqual([0, true, []])
    })
  )
})
