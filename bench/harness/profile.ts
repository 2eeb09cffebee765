/** Where did the servers' CPU time go? */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Functions shown of each contender. */
const SHOWN = 20

interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** The functions with the most time of their own, for each contender over all its windows; idle time is left out. */
export function profileReport(folder: string): string {
  const files = globSync('*/*.json', { cwd: folder }).sort()
  const profiles = Map.groupBy(files, (file) => dirname(file))
  return [...profiles]
    .map(([contender, ofContender]) => {
      const micros = new Map<string, number>()
      for (const file of ofContender) addTimes(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile, micros)
      return [`Main thread of ${contender}, ${ofContender.length} windows:`, ...topFunctions(micros)].join('\n')
    })
    .join('\n\n')
}

function addTimes({ nodes, samples, timeDeltas }: Profile, micros: Map<string, number>): void {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  samples.forEach((id, place) => {
    const name = names.get(id) ?? ''
    if (name !== '(idle)') micros.set(name, (micros.get(name) ?? 0) + (timeDeltas[place] ?? 0))
  })
}

function topFunctions(micros: ReadonlyMap<string, number>): string[] {
  const total = [...micros.values()].reduce((sum, time) => sum + time, 0)
  return [...micros]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(
      ([name, time]) =>
        `${((time * 100) / total).toFixed(1).padStart(6)} %  ${(time / 1_000).toFixed(0).padStart(7)} ms  ${name}`
    )
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const place = url.replace(/^file:\/\/.*\/(?=(?:src|workers|bench|node_modules)\/)/, '')
  const name = functionName === '' ? '(anonymous)' : functionName
  return place === '' ? name : `${name}  ${place}:${lineNumber + 1}`
}
