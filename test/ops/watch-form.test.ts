import { describe, expect, it } from 'vitest'
import { FIRST_WISHES, readText, readWatch } from '../../src/ops/watch-form.ts'

describe('what an operator asks to see', () => {
  it('is all, and the largest backlogs, until something else is asked for', () => {
    expect(readWatch({}, FIRST_WISHES)).toEqual(FIRST_WISHES)
  })

  it('keeps what is not asked for anew, but begins a list from its start', () => {
    const before = {
      channels: { search: 'quote:*', offset: 100, onlyTroubled: true },
      clients: { search: 'polling', order: 'newest' }
    } as const
    expect(readWatch({ channels: { search: ' trade ' } }, before)).toEqual({
      channels: { search: 'trade', offset: 0, onlyTroubled: true },
      clients: before.clients
    })
    expect(readWatch({ clients: { search: 'ABC', order: 'channels' } }, before)).toMatchObject({
      clients: { search: 'abc', order: 'channels' }
    })
  })

  it.each([
    [undefined],
    [null],
    ['all'],
    [{ channels: 'all' }],
    [{ clients: null }],
    [{ channels: { search: 7 } }],
    [{ channels: { search: 'x'.repeat(201) } }],
    [{ channels: { offset: -1 } }],
    [{ channels: { offset: 0.5 } }],
    [{ channels: { onlyTroubled: 'yes' } }],
    [{ clients: { search: ['x'] } }],
    [{ clients: { order: 'beauty' } }]
  ])('is refused when it is %j', (payload) => {
    expect(readWatch(payload, FIRST_WISHES)).toMatchObject({ name: 'badRequest' })
  })

  it('names one thing in a command', () => {
    expect(readText({ name: 'gold' }, 'name')).toBe('gold')
    for (const payload of [undefined, 'gold', {}, { name: 7 }, { id: 'gold' }]) {
      expect(readText(payload, 'name')).toMatchObject({ name: 'badRequest' })
    }
  })
})
