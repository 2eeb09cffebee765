import { CliError } from './cli-error.ts'

/** Where a server's data comes from, as its producers say. */
export type Origin = 'synthetic' | 'replay' | 'live'

const TIMEOUT_MS = 5_000

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name cannot be looked up now',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable'
}

/**
 * Asks a server for the origins of its data: the quickest way to learn whether it is there at all.
 *
 * A server that answers anything else than tickcast's `/ready` has no origins; whether it speaks the protocol is for
 * the connection to find out.
 *
 * @throws CliError when nothing answers.
 */
export async function probeServer(url: string): Promise<readonly Origin[]> {
  try {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return originsOf(await response.json().catch(() => undefined))
  } catch (error) {
    throw new CliError(`${noServerAt(url, describe(error))}`, { cause: error })
  }
}

/** Expected, found and remedy of a server that is not there. */
export function noServerAt(url: string, found: string): string {
  return `no tickcast server at ${url}: ${found}; start one with \`npm start\` or give another address with --url`
}

function originsOf(body: unknown): readonly Origin[] {
  if (typeof body !== 'object' || body === null || !('producers' in body) || !Array.isArray(body.producers)) return []
  const origins = body.producers.map((producer: { readonly origin?: unknown } | null) => producer?.origin)
  return (['live', 'replay', 'synthetic'] as const).filter((origin) => origins.includes(origin))
}

function describe(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1_000} s`
  const code = codeOf(error) ?? codeOf(error instanceof Error ? error.cause : undefined)
  if (code !== undefined) return CAUSES[code] ?? code
  return error instanceof Error ? error.message : String(error)
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
