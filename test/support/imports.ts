/** One import of a module, in whichever way it is written. */
interface Import {
  readonly specifier: string
  /** What is taken by name; `*` stands for the whole module (default, namespace and dynamic imports). */
  readonly names: readonly string[]
  readonly line: number
}

/** The imports of a source text, and its code with comments and the text of strings left out. */
export interface Scan {
  readonly imports: readonly Import[]
  readonly code: string
}

const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//
const quoted = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/
const regularExpression = /(?<=(?:^|[(,=:[!&|?{};>]|\breturn)\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//
const literal = new RegExp([comment, quoted, regularExpression].map((part) => part.source).join('|'), 'g')

const fromClause =
  /\b(?:import|export)\b(?:\s+type\b)?(?<clause>(?:(?!\b(?:import|export)\b)[\w$\s{},*])*?)\bfrom\s*'(?<text>\d+)'/g
const wholeModule = /\b(?:import|require)\s*\(?\s*'(?<text>\d+)'/g

/**
 * Reads static and dynamic imports (`import`, `import type`, `export … from`, `import('…')`, `require('…')`) without a
 * compiler: the pinned TypeScript has no JavaScript API, and stripping types would lose the type imports.
 */
export function scan(source: string): Scan {
  const texts: string[] = []
  const code = maskLiterals(source, texts)
  const imports = [...code.matchAll(fromClause), ...code.matchAll(wholeModule)].map((match) => ({
    specifier: texts[Number(match.groups?.text)] ?? '',
    names: namesOf(match.groups?.clause),
    line: code.slice(0, match.index).split('\n').length
  }))
  return { imports: imports.sort((a, b) => a.line - b.line), code }
}

/** Puts the number of its text in place of each string, and keeps lines where they are. */
function maskLiterals(source: string, texts: string[]): string {
  return source.replace(literal, (found) => {
    const lines = '\n'.repeat(found.split('\n').length - 1)
    if (found.startsWith('/')) return ` ${lines}`
    if (found.startsWith('`') && found.includes('${')) {
      const parts = [...found.matchAll(/\$\{([^}]*)\}?/g)].map((part) => maskLiterals(part[1] ?? '', texts))
      return `(${parts.join(';').replaceAll('\n', ' ')})${lines}`
    }
    return `'${texts.push(found.slice(1, -1)) - 1}'${lines}`
  })
}

function namesOf(clause: string | undefined): string[] {
  const braces = /\{([^}]*)\}/.exec(clause ?? '')
  if (clause === undefined || braces === null) return ['*']
  const named = (braces[1] ?? '').split(',').flatMap((part) => /(?:type\s+)?([\w$]+)/.exec(part.trim())?.[1] ?? [])
  return clause.replace(braces[0], '').trim() === '' ? named : ['*', ...named]
}
