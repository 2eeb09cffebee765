import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ALERTS } from '../deploy/alerts.ts'
import { createProgram } from '../src/cli.ts'
import { flagDescriptions } from '../src/config/flags.ts'
import type { Setting } from '../src/config/setting-kinds.ts'
import { environmentNames, flagName } from '../src/config/setting-names.ts'
import { SETTING_NAMES, SETTINGS } from '../src/config/settings.ts'
import { PROBLEMS } from '../src/http/problems.ts'
import { CODES } from '../src/protocol/codes.ts'
import { CAUSES, QUALITIES } from '../src/protocol/feed-message.ts'
import { BookSchema, CandleSchema, QuoteSchema, TickerSchema, TradeSchema } from '../src/protocol/market-data.ts'
import { REQUESTS } from '../src/protocol/requests.ts'
import { COUNTERS } from '../src/telemetry/counters.ts'
import {
  counterMetric,
  GAUGES,
  gaugeMetric,
  METRIC_NAMES,
  PROCESS_METRICS,
  PRODUCER_METRICS,
  type ProducerMetricName,
  producerMetric
} from '../src/telemetry/metric-tables.ts'
import { startHttp } from './http/http-fixture.ts'

type Row = readonly string[]

const root = new URL('..', import.meta.url)
const textOf = (file: string) => readFileSync(new URL(file, root), 'utf8')
const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).map((file) => file.replaceAll('\\', '/'))
const code = (text: string) => `\`${text}\``

/**
 * The table after the comment `<!-- from code: NAME -->`, which every table carries that repeats the code: what stands
 * before its rows, the rows, and what follows.
 */
function partsOf(file: string, name: string): readonly [before: string, rows: readonly string[], after: string] {
  const lines = textOf(file).split('\n')
  const mark = lines.indexOf(`<!-- from code: ${name} -->`)
  if (mark < 0) throw new Error(`${file}: expected a table after the comment <!-- from code: ${name} -->, found none`)
  const start = mark + 4
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'))
  const rest = lines.slice(start + length)
  return [lines.slice(0, start).join('\n'), lines.slice(start, start + length), rest.join('\n')]
}

/** Its rows as cells, trimmed. */
function tableIn(file: string, name: string): Row[] {
  const [, rows] = partsOf(file, name)
  return rows.map((row) => {
    const cells = row.split(/(?<!\\)\|/).slice(1, -1)
    return cells.map((cell) => cell.trim().replaceAll('\\|', '|'))
  })
}

/**
 * Holds a whole table to the code. To write it anew instead, after a change of the code:
 *
 *     UPDATE_DOCS=1 npm run test:unit -- test/docs.test.ts
 */
function expectTable(file: string, name: string, rows: readonly Row[]): void {
  if (process.env.UPDATE_DOCS !== undefined) {
    const [before, , after] = partsOf(file, name)
    const lines = rows.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    writeFileSync(new URL(file, root), [before, ...lines, after].join('\n'))
  }
  expect(tableIn(file, name)).toEqual(rows)
}

/** Where a table has columns that the code does not know, only the first ones are held to it. */
const firstColumns = (rows: readonly Row[], count: number) => rows.map((row) => row.slice(0, count))

const SCHEMAS = { trade: TradeSchema, quote: QuoteSchema, book: BookSchema, candle: CandleSchema, ticker: TickerSchema }

interface SchemaFields {
  readonly required?: readonly string[]
  readonly properties: Readonly<Record<string, { readonly type?: string; readonly pattern?: string }>>
}

function payloadRows(kind: keyof typeof SCHEMAS): Row[] {
  const { required = [], properties } = SCHEMAS[kind] as unknown as SchemaFields
  return Object.entries(properties).map(([name, { type, pattern }]) => {
    const typeText = pattern === undefined ? (type ?? 'string') : 'decimal string'
    return [code(required.includes(name) ? name : `${name}?`), typeText]
  })
}

function settingRow(name: (typeof SETTING_NAMES)[number]): Row {
  const { argument, defaultText, limits, unit, oppositeFlag, description }: Setting<unknown> = SETTINGS[name]
  const value = argument === undefined ? '' : ` <${argument}>`
  const flags = [
    code(`${flagName(name)}${value}`),
    ...(oppositeFlag === undefined ? [] : [code(flagName(oppositeFlag))])
  ]
  return [
    code(name),
    flags.join(', '),
    environmentNames(name).map(code).join(', '),
    code(defaultText),
    unit ?? '',
    limits ?? '',
    description
  ]
}

const metricRows = (): Row[] => [
  ...Object.entries(COUNTERS).map(([name, help]) => [code(counterMetric(name)), 'counter', help]),
  ...Object.entries(GAUGES).map(([name, help]) => [code(gaugeMetric(name)), 'gauge', help]),
  ...Object.entries(PRODUCER_METRICS).map(([name, { kind, help }]) => [
    code(producerMetric(name as ProducerMetricName)),
    kind,
    help
  ]),
  ...Object.entries(PROCESS_METRICS).map(([name, { kind, help }]) => [code(name), kind, help]),
  [code('tickcast_build_info'), 'gauge', 'What is running; always 1']
]

/** The table of rooms as `borders.test.ts` holds it: a constant of that file, read from its text. */
function roomRows(): Row[] {
  const [, table = ''] = /^const rooms\b[^{]*\{\n([\s\S]*?)^\}/m.exec(textOf('test/borders.test.ts')) ?? []
  return [...table.matchAll(/^ {2}'?([\w/]+)'?: \[(.*)\],?$/gm)].map(([, room = '', list = '']) => {
    const names = list.replaceAll("'", '').split(', ')
    const shown = names.filter((name) => name !== '' && name !== 'package.json')
    const texts = shown.map((name) => (name === '...allParts' ? 'every part of `src`' : code(name)))
    return [code(room), texts.join(', ') || '–']
  })
}

/** Names between quotes in the constant or the type `name` of a source file. */
function wordsIn(file: string, declaration: RegExp, word: RegExp): string[] {
  const [found = ''] = declaration.exec(textOf(file)) ?? []
  return [...found.matchAll(word)].map(([, text = '']) => text)
}

describe('The documents tell what the code does:', () => {
  it('the codes', () => {
    const rows = Object.entries(CODES).map(([name, { code: number, temporary, meaning }]) => [
      String(number),
      code(name),
      temporary ? 'yes' : 'no',
      meaning
    ])
    expectTable('docs/protocol.md', 'codes', rows)
  })

  it.each(['trade', 'quote', 'book', 'candle', 'ticker'] as const)('the payload of %s', (kind) => {
    expect(firstColumns(tableIn('docs/protocol.md', kind), 2)).toEqual(payloadRows(kind))
  })

  it('the requests, the qualities and the causes', () => {
    const names = (table: string) => tableIn('docs/protocol.md', table).map(([name]) => name)
    expect(names('requests')).toEqual([...REQUESTS, 'message'].map(code))
    expect(names('qualities')).toEqual(QUALITIES.map(code))
    expect(names('causes')).toEqual(CAUSES.map(code))
  })

  it('the limits told in hello', () => {
    const limits = wordsIn('src/protocol/server-events.ts', /interface Limits \{[\s\S]*?^\}/m, /readonly (\w+):/g)
    expect(limits).not.toEqual([])
    expect(tableIn('docs/protocol.md', 'limits').map(([name]) => name)).toEqual(limits.map(code))
  })

  it('the rates that are granted, and the events that no producer may publish', () => {
    const rates = wordsIn('src/gateway/lanes.ts', /RATES_HZ = \[.*\]/, /([\d.]+)(?=[,\]])/g)
    expect(tableIn('docs/protocol.md', 'rates')).toEqual([[rates.join(' · ')]])
    const reserved = wordsIn('src/protocol/plain-event.ts', /RESERVED_EVENTS[\s\S]*?\]\)/, /'(\w+)'/g)
    expect(tableIn('docs/feeds.md', 'reserved events')).toEqual([[reserved.map(code).join(' ')]])
  })

  it('the settings', () => {
    expectTable('docs/operations.md', 'settings', SETTING_NAMES.map(settingRow))
  })

  it('the metrics', () => {
    expect(metricRows().map(([name]) => name)).toEqual(METRIC_NAMES.map(code))
    expectTable('docs/operations.md', 'metrics', metricRows())
  })

  it('the alerts', () => {
    const rows = ALERTS.map(({ name, severity, expression, for: duration, why }) => [
      code(name),
      severity,
      code(expression),
      duration === '0m' ? '' : duration,
      why
    ])
    expectTable('docs/operations.md', 'alerts', rows)
  })

  it('the rooms', () => {
    const rows = roomRows()
    expect(rows.length).toBeGreaterThan(10)
    expect(firstColumns(tableIn('docs/architecture.md', 'rooms'), 2)).toEqual(rows)
  })

  it('the routes of the REST side, and its problems', async () => {
    const { app } = await startHttp()
    const { paths } = (await app.inject('/openapi.json')).json<{
      readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly summary: string }>>>>
    }>()
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { summary }]) => [code(`${method.toUpperCase()} ${path}`), summary])
    )
    expectTable('docs/protocol.md', 'routes', routes)
    const problems = Object.entries(PROBLEMS).map(([name, { status, title }]) => [code(name), String(status), title])
    expectTable('docs/protocol.md', 'problems', problems)
  })
})

/** What a heading is linked by, as GitHub makes it. */
function anchorsIn(file: string): string[] {
  const prose = textOf(file).replace(/^```[\s\S]*?^```/gm, '')
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    return words.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')
  })
}

function brokenLinksIn(file: string): string[] {
  const prose = textOf(file).replace(/^```[\s\S]*?^```/gm, '')
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)|\bsrc="([^"]+)"/g)].map(([, link, image]) => link ?? image ?? '')
  return targets.filter((target) => {
    if (/^(https?|mailto):/.test(target)) return false
    const [path = '', anchor] = target.split('#')
    const linked = path === '' ? file : posix.join(posix.dirname(file), path)
    if (!existsSync(new URL(linked, root))) return true
    if (anchor === undefined || statSync(new URL(linked, root)).isDirectory()) return false
    return !linked.endsWith('.md') || !anchorsIn(linked).includes(anchor)
  })
}

/** Lines that run something of ours, from the code blocks of a document. */
function commandsIn(file: string): string[] {
  const blocks = [...textOf(file).matchAll(/^```(?:sh|yaml|dockerfile)\n([\s\S]*?)^```/gm)].map(
    ([, block = '']) => block
  )
  return blocks.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
}

describe('Every document', () => {
  it.each(documents)('%s links only to what there is', (file) => {
    expect(brokenLinksIn(file)).toEqual([])
  })

  it.each(documents)('%s uses only flags and scripts that there are', (file) => {
    const { scripts } = JSON.parse(textOf('package.json')) as { readonly scripts: Readonly<Record<string, string>> }
    const program = createProgram(async () => undefined)
    const options = [program, ...program.commands].flatMap((command) => command.options.map(({ long }) => long))
    const flags = [...flagDescriptions().map(({ flag }) => flag), ...options, '--help']
    const ours = commandsIn(file).filter((line) =>
      /npm start --|npm run -s tickcast --|src\/main\.ts|bin\/tickcast/.test(line)
    )
    const used = ours.flatMap(
      (line) =>
        (line.split(/npm start --|npm run -s tickcast --|main\.ts|tickcast\.js/)[1] ?? '').match(/--[a-z-]+/g) ?? []
    )
    expect(used.filter((flag) => !flags.includes(flag))).toEqual([])
    const run = commandsIn(file).flatMap((line) =>
      [...line.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name = '']) => name)
    )
    expect(run.filter((name) => scripts[name] === undefined)).toEqual([])
  })
})
