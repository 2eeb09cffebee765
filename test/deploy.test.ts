import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { ALERTS } from '../deploy/alerts.ts'
import { DEPLOY_FILES } from '../deploy/generate.ts'
import { METRIC_NAMES } from '../src/telemetry/metric-tables.ts'

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[]
}

const folder = new URL('../deploy/', import.meta.url)
const textOf = (file: string) => readFileSync(new URL(file, folder), 'utf8')
const { panels } = JSON.parse(textOf('grafana-dashboard.json')) as { readonly panels: readonly Panel[] }
const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
const promtool = (process.env.PATH ?? '')
  .split(delimiter)
  .map((path) => join(path, 'promtool'))
  .find((path) => existsSync(path))

/** Asks Prometheus itself about a file of rules; throws what it finds wrong. */
function checkRules(content: string): void {
  const place = mkdtempSync(join(tmpdir(), 'tickcast-rules-'))
  onTestFinished(() => rmSync(place, { recursive: true }))
  const file = join(place, 'rules.yaml')
  writeFileSync(file, content)
  execFileSync(promtool ?? '', ['check', 'rules', file], { stdio: 'pipe' })
}

describe('The files for Prometheus and Grafana', () => {
  it.each(Object.keys(DEPLOY_FILES))('%s is what `node deploy/generate.ts` writes', (name) => {
    expect(textOf(name)).toBe(DEPLOY_FILES[name]?.())
  })

  it.each(Object.keys(DEPLOY_FILES))('%s names no metric that the server does not have', (name) => {
    const named = textOf(name).match(/\b(tickcast|process|nodejs)_[a-z0-9_]+/g) ?? []
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((metric) => !METRIC_NAMES.includes(metric))).toEqual([])
  })

  it('hold every alert, with a name of its own, as rules that Prometheus reads', () => {
    const { groups } = parse(textOf('prometheus-alerts.yaml')) as {
      readonly groups: readonly { readonly rules: readonly Readonly<Record<string, unknown>>[] }[]
    }
    const rules = groups.flatMap((group) => group.rules)
    expect(rules).toEqual(
      ALERTS.map(({ name, expression, for: duration, severity, summary, why }) => ({
        alert: name,
        expr: expression,
        for: duration,
        labels: { severity },
        annotations: { summary, description: why }
      }))
    )
    expect(new Set(ALERTS.map(({ name }) => name)).size).toBe(ALERTS.length)
  })

  it.skipIf(promtool === undefined)('are right by the checker of Prometheus', () => {
    checkRules(textOf('prometheus-alerts.yaml'))
    const plain = expressions.map((expr) => expr.replace('$__rate_interval', '1m'))
    const rules = plain.map((expr, n) => `      - {record: "panel:${n}", expr: ${JSON.stringify(expr)}}`)
    checkRules(['groups:', '  - name: panels', '    rules:', ...rules, ''].join('\n'))
    expect(() => checkRules(textOf('prometheus-alerts.yaml').replace('absent(', 'absent(('))).toThrow()
  })

  it('draw panels that do not overlap, each with something in it', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`)
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(panels.every(({ gridPos: { x, w } }) => x >= 0 && x + w <= 24)).toBe(true)
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const empty = panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0)
    expect(empty.map(({ title }) => title)).toEqual([])
  })
})
