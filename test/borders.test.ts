import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scan } from './support/imports.ts'

const parts = [
  'config',
  'telemetry',
  'protocol',
  'market',
  'threads',
  'ingest',
  'broadcast',
  'gateway',
  'history',
  'http',
  'ops'
]
const allParts = parts.map((part) => `src/${part}`)

/** Room → the rooms it may import besides itself; docs/architecture.md draws and explains this table. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  'src/protocol': [],
  'src/market': ['src/protocol'],
  'src/config': ['src/protocol'],
  'src/telemetry': [],
  'src/threads': ['src/protocol', 'src/telemetry'],
  'src/ingest': ['src/protocol', 'src/telemetry'],
  'src/broadcast': ['src/protocol', 'src/market', 'src/telemetry'],
  'src/gateway': ['src/protocol', 'src/broadcast', 'src/telemetry'],
  'src/history': ['src/protocol', 'src/telemetry'],
  'src/http': ['src/protocol', 'src/market', 'src/broadcast', 'src/history', 'src/telemetry'],
  'src/ops': ['src/protocol', 'src/broadcast', 'src/gateway', 'src/telemetry'],
  'src/app': [...allParts, 'package.json'],
  'src/main': [...allParts, 'src/app', 'src/cli', 'package.json'],
  'src/cli': [...allParts, 'src/app', 'client', 'package.json'],
  'src/index': ['src/protocol', 'src/market'],
  workers: ['src/protocol', 'src/market'],
  client: ['src/protocol', 'src/market'],
  web: ['client']
}

/** Rooms that run in a browser, too: they know no module of Node. */
const browserRooms = ['src/protocol', 'src/market', 'client', 'web']

/** Library, or one name of it → the only files that may import it. A new dependency needs a line here. */
const homes: Readonly<Record<string, readonly string[]>> = {
  'socket.io': ['src/gateway/**'],
  'engine.io': ['src/gateway/**'],
  ws: ['src/gateway/**'],
  fastify: ['src/http/**'],
  '@fastify/*': ['src/http/**'],
  typebox: ['src/protocol/**', 'src/config/**', 'src/http/**'],
  piscina: ['src/threads/**'],
  'node:sqlite': ['src/history/**'],
  'trading-signals': ['src/market/indicator-*.ts'],
  'node:worker_threads': [
    'src/threads/**',
    'src/history/history.worker.ts',
    'src/ingest/**',
    'workers/*.worker.ts',
    'workers/outbox.ts',
    'workers/feeds/**'
  ],
  'node:worker_threads#Worker': ['src/threads/**'],
  'node:worker_threads#MessageChannel': ['src/threads/**'],
  'node:worker_threads#parentPort': ['workers/*.worker.ts', 'workers/feeds/**', 'src/history/history.worker.ts'],
  'node:fs': ['src/**', 'workers/*.worker.ts', 'workers/feeds/**'],
  'node:zlib': ['src/**', 'workers/*.worker.ts', 'workers/feeds/**'],
  'node:process#env': ['src/config/**'],
  'lightweight-charts': ['web/chart/**'],
  'socket.io-client': ['client/**'],
  react: ['client/react/**'],
  pino: ['src/telemetry/**'],
  'pino-pretty': ['src/telemetry/**'],
  'prom-client': ['src/telemetry/**'],
  commander: ['src/cli*.ts', 'src/cli/**'],
  'close-with-grace': ['src/main.ts']
}

/** What needs no import to be used → its pattern, and the only files that may use it. */
const words: Readonly<Record<string, { readonly pattern: RegExp; readonly home: readonly string[] }>> = {
  'process.env': { pattern: /\bprocess\s*(?:\??\.\s*env\b|\[)|\}\s*=\s*process\b(?!\s*[.(])/, home: ['src/config/**'] },
  'new MessageChannel': { pattern: /\bnew\s+MessageChannel\b/, home: ['src/threads/**'] }
}

const maxLines = 400
const root = new URL('..', import.meta.url)
const filesIn = (folders: string) =>
  globSync(`${folders}/**/*.ts`, { cwd: root }).map((file) => file.replaceAll('\\', '/'))
const sourceOf = (file: string) => readFileSync(new URL(file, root), 'utf8')
const isIn = (file: string, places: readonly string[]) => places.some((place) => posix.matchesGlob(file, place))
const anyOf = (places: readonly string[]) => places.join(' or ') || 'no other room'

/** `src/cli-bench.ts`, `src/cli.ts` and `src/cli/x.ts` are one room; below `workers`, `client`, `web` all is one. */
function roomOf(file: string): string {
  const [top = '', second = ''] = file.split('/')
  return top === 'src' ? `src/${second.replace(/\.ts$/, '').replace(/^cli-.*/, 'cli')}` : top
}

/** Every broken border in one file; each line says where, what, by which rule, and what to do instead. */
function violationsIn(file: string, source: string): string[] {
  const room = roomOf(file)
  const mayImport = rooms[room]
  if (mayImport === undefined) return [`${file}: no such room as ${room}. Move the file, or add the room to the table`]
  const { imports, code } = scan(source)
  const found = imports.map(({ specifier, names, line }) => {
    const broken = specifier.startsWith('.') ? brokenRoom(file, specifier) : brokenHome(file, specifier, names)
    return broken && `${file}:${line} imports ${specifier}: ${broken}`
  })
  const used = Object.entries(words).map(
    ([word, { pattern, home }]) =>
      pattern.test(code) && !isIn(file, home) && `${file} uses ${word}: only ${anyOf(home)} may. Take it as an argument`
  )
  return [...found, ...used].filter((broken) => typeof broken === 'string')
}

function brokenRoom(file: string, specifier: string): string | undefined {
  const [room, target] = [roomOf(file), roomOf(posix.join(posix.dirname(file), specifier))]
  const mayImport = rooms[room] ?? []
  if (target === room || mayImport.includes(target)) return undefined
  return `${room} may import ${anyOf(mayImport)}, not ${target}. Take it as an argument; src/app.ts joins the parts`
}

function brokenHome(file: string, specifier: string, names: readonly string[]): string | undefined {
  if (isBuiltin(specifier) && browserRooms.includes(roomOf(file))) {
    return `${roomOf(file)} runs in browsers, too, without Node's modules. Use a web API, or move the code`
  }
  const library = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const entries = Object.entries(homes).filter(([entry]) => {
    const [module = '', name = '*'] = entry.split('#')
    return posix.matchesGlob(library, module) && (name === '*' || names.includes('*') || names.includes(name))
  })
  if (entries.length === 0 && !isBuiltin(specifier)) {
    return `${library} has no home. Import it in one room only, and add that to the table in test/borders.test.ts`
  }
  const [broken, home = []] = entries.find(([, places]) => !isIn(file, places)) ?? []
  return broken && `${broken} is at home in ${anyOf(home)} only. Use what that room exports, as an argument`
}

describe('The borders between the rooms', () => {
  it('are kept by every import of every source file', () => {
    const files = filesIn('{src,workers,client,web}')
    expect(files).not.toEqual([])
    expect(files.flatMap((file) => violationsIn(file, sourceOf(file)))).toEqual([])
  })

  it(`leave no source file longer than ${maxLines} lines`, () => {
    const lines = (file: string) => sourceOf(file).trimEnd().split('\n').length
    expect(filesIn('{src,workers,client,web,test}').filter((file) => lines(file) > maxLines)).toEqual([])
  })

  it.each([
    [
      'src/market/a.ts',
      `import { b } from '../telemetry/b.ts'`,
      'src/market may import src/protocol, not src/telemetry'
    ],
    ['src/ingest/a.ts', `import type { B } from '../broadcast/b.ts'`, 'not src/broadcast'],
    ['src/ingest/a.ts', `export * from '../http/b.ts'`, 'not src/http'],
    ['src/http/a.ts', `const b = await import('../gateway/b.ts')`, 'not src/gateway'],
    ['src/http/a.ts', `import { App } from '../app.ts'`, 'not src/app'],
    ['src/app.ts', `import run from '../workers/market.worker.ts'`, 'not workers'],
    ['src/app.ts', `import { io } from './cli.ts'`, 'not src/cli'],
    ['workers/outbox.ts', `import { b } from '../src/threads/b.ts'`, 'not src/threads'],
    ['workers/outbox.ts', `import { readFile } from 'node:fs/promises'`, 'node:fs is at home in'],
    ['workers/compute/a.ts', `import { parentPort } from 'node:worker_threads'`, 'node:worker_threads is at home in'],
    ['workers/feeds/a.ts', `import * as threads from 'node:worker_threads'`, 'node:worker_threads#Worker'],
    [
      'src/ingest/a.ts',
      `import {\n  MessageChannel as M\n} from 'node:worker_threads'`,
      '#MessageChannel is at home in'
    ],
    ['src/broadcast/a.ts', 'const { port1 } = new MessageChannel()', 'uses new MessageChannel'],
    ['src/http/a.ts', `import type { Server } from 'socket.io'`, 'socket.io is at home in src/gateway/** only'],
    ['src/gateway/a.ts', `import cors from '@fastify/cors'`, '@fastify/* is at home in src/http/** only'],
    ['src/gateway/a.ts', `import { Type } from 'typebox/type'`, 'typebox is at home in'],
    ['src/app.ts', `import close from 'close-with-grace'`, 'at home in src/main.ts only'],
    ['src/http/a.ts', `import pino from "pino"`, 'pino is at home in src/telemetry/**'],
    ['src/http/a.ts', `import x from '@scope/unknown/sub'`, '@scope/unknown has no home'],
    ['src/http/a.ts', `const at = \`\${process.env.TICKCAST_HOST}\``, 'uses process.env'],
    ['src/app.ts', `import { env } from 'node:process'`, 'node:process#env is at home in src/config/**'],
    ['client/a.ts', `import { on } from 'node:events'`, 'client runs in browsers'],
    ['web/a.ts', `import { b } from '../src/protocol/b.ts'`, 'web may import client, not src/protocol'],
    ['src/extra/a.ts', '', 'no such room as src/extra']
  ])('are watched: %s may not hold %s', (file, source, rule) => {
    expect(violationsIn(file, `// A first line\n${source}\n`)).toEqual([expect.stringContaining(rule)])
  })

  it.each([
    ['src/market/a.ts', `import { b } from './b.ts'\nimport type { C } from '../protocol/c.ts'`],
    ['src/ingest/a.ts', `import type { MessagePort } from 'node:worker_threads'`],
    ['src/threads/a.ts', `import { Piscina } from 'piscina'\nimport { Worker } from 'node:worker_threads'`],
    ['src/http/routes/a.ts', `import type { B } from '../../history/b.ts'\nimport { Type } from 'typebox'`],
    ['src/cli-load.ts', `import { b } from '../client/b.ts'\nimport { Command } from 'commander'`],
    ['workers/feeds/a.ts', `import { createGunzip } from 'node:zlib'`],
    ['src/http/a.ts', `// import 'ws'\nconst quote = /['"]/\nconst text = "import 'ws' or process.env"`]
  ])('let through what the table allows: %s may hold %s', (file, source) => {
    expect(violationsIn(file, source)).toEqual([])
  })
})
