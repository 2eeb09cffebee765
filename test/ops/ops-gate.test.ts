import { describe, expect, it } from 'vitest'
import { opsAccess } from '../../src/ops/ops-gate.ts'

const TOKEN = 'a-token-of-some-length'
const headers = { host: 'localhost:8080' }
const local = { address: '127.0.0.1', headers, token: undefined }

describe('the gate of the operators', () => {
  it.each([
    ['127.0.0.1', 'localhost:8080'],
    ['127.8.9.10', '127.0.0.1:8080'],
    ['::1', '[::1]:8080'],
    ['::ffff:127.0.0.1', 'localhost']
  ])('without a token lets in who connects from %s to %s', (address, host) => {
    expect(opsAccess('', { ...local, address, headers: { host } })).toBe('local')
    expect(opsAccess('', { ...local, address, headers: { host, origin: `http://${host}` } })).toBe('local')
  })

  it.each([
    ['another address', { address: '10.0.0.1' }],
    ['an address that only begins like it', { address: '127.0.0.1.example' }],
    ['no address', { address: '' }],
    ['a proxy', { headers: { ...headers, 'x-forwarded-for': '127.0.0.1' } }],
    ['a proxy that adds an empty header', { headers: { ...headers, 'x-forwarded-for': '' } }],
    ['a proxy with its own header', { headers: { ...headers, via: '1.1 edge' } }],
    ['a foreign page', { headers: { ...headers, origin: 'https://evil.example' } }],
    ['a page of another port', { headers: { ...headers, origin: 'http://localhost:9999' } }],
    ['a page without an origin of its own', { headers: { ...headers, origin: 'null' } }],
    ['a name from elsewhere', { headers: { host: 'evil.example', origin: 'http://evil.example' } }],
    ['no headers at all', { headers: {} }]
  ])('without a token refuses %s, whatever token it gives', (_what, part) => {
    for (const token of [undefined, '', TOKEN]) {
      expect(opsAccess('', { ...local, ...part, token })).toMatchObject({ name: 'localOnly' })
    }
  })

  it('with a token lets in who gives it, from anywhere', () => {
    const far = { address: '203.0.113.7', headers: { 'x-forwarded-for': '10.0.0.1' } }
    expect(opsAccess(TOKEN, { ...far, token: TOKEN })).toBe('token')
  })

  it.each([[undefined], [null], [''], [`${TOKEN} `], [TOKEN.slice(1)], [[TOKEN]], [7]])(
    'with a token refuses %j, also from the machine itself, and does not tell the right one',
    (token) => {
      const refusal = opsAccess(TOKEN, { ...local, token })
      expect(refusal).toMatchObject({ name: 'tokenNeeded' })
      expect(JSON.stringify(refusal)).not.toContain(TOKEN)
    }
  )
})
