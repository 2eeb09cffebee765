/** How does a result become JSON that people can read and that the formatter leaves as it is? */

/** The width to which the formatter keeps lines. */
const WIDTH = 120

/** JSON with an entry a line, and lists of plain values on one line where they fit. */
export function jsonText(value: unknown, indent = ''): string {
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    const isPlain = value.every((item) => typeof item !== 'object' || item === null)
    const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
    if (value.length === 0 || (isPlain && indent.length + line.length < WIDTH - 40)) return line
    return `[\n${value.map((item) => `${inner}${jsonText(item, inner)}`).join(',\n')}\n${indent}]`
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  if (entries.length === 0) return '{}'
  const lines = entries.map(([key, item]) => `${inner}${JSON.stringify(key)}: ${jsonText(item, inner)}`)
  return `{\n${lines.join(',\n')}\n${indent}}`
}
