/** How do the figures of a case look as tables, for a terminal and for a README? */
import type { Case } from '../harness/case.ts'
import { rounded } from '../harness/statistics.ts'
import type { CaseResult, Latest } from './result-files.ts'
import type { Row, Spread, Summary } from './summary.ts'

/** One table per shape: a row per contender, each figure with its median and, in brackets, its spread. */
export function caseMarkdown({ name, question, metrics }: Case, { rows, targets }: Summary): string {
  const shapes = [...Map.groupBy(rows, ({ shape }) => shape)]
  const tables = shapes.map(([shape, group]) => {
    const shown = metrics.filter(({ key }) => group.some(({ figures }) => figures[key] !== undefined))
    return [
      `**${shape}** (${loadOf(group)})`,
      '',
      `| contender | ${shown.map(({ title }) => title).join(' | ')} |`,
      `|---|${shown.map(() => '---:|').join('')}`,
      ...group.map((row) => `| ${nameOf(row)} | ${shown.map(({ key }) => cell(row.figures[key])).join(' | ')} |`)
    ].join('\n')
  })
  const remarks = rows.flatMap(({ shape, contender, problems }) =>
    problems.map((problem) => `- INVALID: ${shape}, ${contender}: ${problem}`)
  )
  const goals = targets.map(({ text, isMet, spread }) => `- ${isMet ? 'met' : 'MISSED'}: ${text}: ${cell(spread)}`)
  return [`## ${name}`, question, ...tables, remarks.join('\n'), goals.join('\n')]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** A report on the newest result of each case, as far as there is one. */
export function reportMarkdown(cases: readonly Case[], latest: Latest): string {
  const parts = cases.flatMap((one) => {
    const result = latest[one.name]
    return result === undefined ? [] : [`${caseMarkdown(one, result.summary)}\n\n${originOf(result)}`]
  })
  const head =
    'Each figure is the median of all rounds, with the lowest and the highest in brackets. Ratios are taken within a round.'
  return ['# Benchmarks', head, ...parts].join('\n\n')
}

/** Where a result comes from, and how to have it again. */
function originOf({ command, date, rounds, isQuick, machine }: CaseResult): string {
  const { commit, cpu, cores, memoryGb, node, system } = machine
  const windows = isQuick ? 'short windows, figures are rough' : ''
  const parts = [`\`${command}\``, date.slice(0, 10), `${rounds} rounds`, windows, `commit ${commit}`]
  return [...parts, `${cpu}, ${cores} cores, ${memoryGb} GB`, `Node ${node}`, system].filter(Boolean).join(' · ')
}

/** Clients, rate and size of the updates, as far as they are the same for all contenders. */
function loadOf(rows: readonly Row[]): string {
  const common = (key: 'clients' | 'ratePerSecond' | 'updateBytes') => {
    const values = new Set(rows.map((row) => row[key]))
    const [value = 0] = values
    return values.size === 1 && value > 0 ? value.toLocaleString('en-US') : undefined
  }
  const [clients, rate] = [common('clients'), common('ratePerSecond')]
  const bytes = [...new Set(rows.map(({ updateBytes }) => updateBytes).filter((value) => value > 0))].sort(
    (a, b) => a - b
  )
  const range = bytes.length > 1 ? `${bytes[0]}–${bytes.at(-1)}` : bytes[0]
  return [
    clients && `${clients} clients`,
    rate && `${rate} messages/s`,
    range && `${range} bytes an update with its share of the event`
  ]
    .filter(Boolean)
    .join(', ')
}

function nameOf({ contender, isValid, isLoadSaturated }: Row): string {
  return `${contender}${isValid ? '' : ' **INVALID**'}${isLoadSaturated ? ' (clients at their limit)' : ''}`
}

function cell(spread: Spread | undefined): string {
  if (spread === undefined) return '–'
  const { median, min, max } = spread
  return min === max ? rounded(median) : `${rounded(median)} (${rounded(min)}–${rounded(max)})`
}
