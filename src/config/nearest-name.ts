/** What to do about an unknown name: `Did you mean X?` with the known name most like it, if any is alike. */
export function remedyFor(name: string, known: readonly string[]): string {
  const distances = known.map((candidate) => ({ candidate, distance: editDistance(fold(name), fold(candidate)) }))
  const [nearest] = distances.sort((a, b) => a.distance - b.distance)
  const isAlike = nearest !== undefined && nearest.distance <= Math.max(2, Math.floor(name.length / 4))
  return isAlike ? `Did you mean ${nearest.candidate}?` : 'Remove or correct it'
}

/** Spelling of upper and lower case, `-` and `_` is the commonest slip, so it costs nothing. */
function fold(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '')
}

/** Levenshtein distance: the fewest insertions, deletions and replacements that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
