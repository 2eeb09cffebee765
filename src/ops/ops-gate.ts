import { createHash, timingSafeEqual } from 'node:crypto'
import type { OpsVisitor } from '../gateway/ops-door.ts'
import { type CodedError, codedError } from '../protocol/codes.ts'
import type { OpsAccess } from '../protocol/ops-events.ts'

/** Headers of a request that came through a proxy, so that its address says nothing about who asks. */
const PROXY_HEADERS = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via'] as const
const LOOPBACK_ADDRESS = /^(127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i

/**
 * Who may look, and how: with a token configured, whoever gives it, from anywhere; without one, whoever sits at the
 * machine itself.
 *
 * @param configured the token; empty for none.
 */
export function opsAccess(configured: string, visitor: OpsVisitor): OpsAccess | CodedError {
  if (configured !== '') {
    if (typeof visitor.token === 'string' && isSameText(configured, visitor.token)) return 'token'
    const found = visitor.token === undefined ? 'none' : 'another one'
    return codedError('tokenNeeded', `expected the token of the setting opsToken as auth.token; found ${found}`)
  }
  if (isLocal(visitor)) return 'local'
  return codedError(
    'localOnly',
    'expected a connection from the machine itself, since no token is configured; set opsToken (TICKCAST_OPS_TOKEN)'
  )
}

/** Takes the same time wherever the texts differ, and however long they are. */
function isSameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

/**
 * The address alone proves nothing: a proxy on the machine has it, too, and so has a page from elsewhere in a browser
 * on the machine. Such a page is told by its origin, also when its name was made to point here (DNS rebinding).
 *
 * The headers are gone when the connection was opened for another namespace; then nothing is proven.
 */
function isLocal({ address, headers }: OpsVisitor): boolean {
  const { host, origin } = headers
  if (!LOOPBACK_ADDRESS.test(address) || typeof host !== 'string' || !LOOPBACK_HOST.test(host)) return false
  if (PROXY_HEADERS.some((name) => headers[name] !== undefined)) return false
  return origin === undefined || origin === `http://${host}` || origin === `https://${host}`
}
