import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readNativeRequest } from '../../src/gateway/native-request.ts'

describe('A message of the native door', () => {
  it.each([
    ['["a"]', { name: 'a', payload: undefined, id: undefined }],
    ['["a",{"b":1}]', { name: 'a', payload: { b: 1 }, id: undefined }],
    ['["a",null,7]', { name: 'a', payload: null, id: 7 }],
    [' [ "a" , [] , "seven" ] ', { name: 'a', payload: [], id: 'seven' }],
    ['["",0,-1.5]', { name: '', payload: 0, id: -1.5 }]
  ])('%s is a request', (text, request) => {
    expect(readNativeRequest(text)).toEqual(request)
  })

  it.each([
    '',
    'a',
    '{}',
    '"a"',
    '[]',
    '[1]',
    '[null]',
    '[["a"]]',
    '["a",1,2,3]',
    '["a",1,{}]',
    '["a",1,null]',
    '["a",1,true]',
    '["a"',
    '\u0000'
  ])('%j is none', (text) => {
    expect(readNativeRequest(text)).toBeUndefined()
  })

  it('never fails, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `["a",${json},1]`)
        ),
        (text) => {
          const request = readNativeRequest(text)
          if (request !== undefined) expect(typeof request.name).toBe('string')
        }
      )
    )
    expect(readNativeRequest('['.repeat(1_000_000))).toBeUndefined()
    expect(readNativeRequest(`["a",${'['.repeat(300_000)}${']'.repeat(300_000)}]`)).toMatchObject({ name: 'a' })
  })
})
