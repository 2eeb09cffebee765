/** Deepest nesting of a payload; deeper ones are taken for circles. */
const MAX_DEPTH = 32

/**
 * Finds the first thing in `value` that JSON would refuse or silently falsify: circles, BigInts, functions, `NaN` and
 * infinities (JSON makes them null), Maps and Sets (JSON makes them empty).
 *
 * @returns where and what, e.g. `.price is NaN`; `undefined` when all is well.
 */
export function findUnserialisable(value: unknown, depth = 0): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined
    case 'number':
      return Number.isFinite(value) ? undefined : ` is ${value}`
    case 'object':
      return value === null || 'toJSON' in value ? undefined : findInObject(value, depth)
    default:
      return ` is a ${typeof value}`
  }
}

function findInObject(value: object, depth: number): string | undefined {
  if (depth >= MAX_DEPTH) return ` is nested deeper than ${MAX_DEPTH}, or in a circle`
  if (value instanceof Map || value instanceof Set) return ` is a ${value.constructor.name}`
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = findUnserialisable(value[index], depth + 1)
      if (found !== undefined) return `[${index}]${found}`
    }
    return undefined
  }
  // Values alone: this is asked of every message, and only a bad one is to be named.
  const values: readonly unknown[] = Object.values(value)
  for (let place = 0; place < values.length; place++) {
    const found = findUnserialisable(values[place], depth + 1)
    if (found !== undefined) return `.${Object.keys(value)[place]}${found}`
  }
  return undefined
}
