/** A request as it comes through the native door. */
export interface NativeRequest {
  readonly name: string
  readonly payload: unknown
  /** Comes back in the answer, `["ack", id, …]`; of the same type. */
  readonly id: string | number | undefined
}

/** Reads `["name", payload?, id?]`; `undefined` when the text has another form. */
export function readNativeRequest(text: string): NativeRequest | undefined {
  const parsed = parseJson(text)
  if (!Array.isArray(parsed) || typeof parsed[0] !== 'string' || parsed.length > 3) return undefined
  const [name, payload, id] = parsed as [string, unknown?, unknown?]
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') return undefined
  return { name, payload, id }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
