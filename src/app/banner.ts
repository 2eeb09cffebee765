import type { Settings } from '../config/settings.ts'
import type { ProducerSpec } from '../protocol/producer-spec.ts'
import { NAMESPACE } from '../protocol/server-events.ts'
import type { BuildInfo } from '../telemetry/build-info.ts'

export interface BannerParts {
  readonly url: string
  readonly specs: readonly ProducerSpec[]
  readonly settings: Settings
  readonly build: BuildInfo
  /** Path, or `:memory:`; absent when nothing is kept. */
  readonly historyFile: string | undefined
}

/** What runs where, told once at the start. */
export function bannerText({ url, specs, settings, build, historyFile }: BannerParts): string {
  const threads = specs.map((spec) => `  thread       ${spec.name}: ${specText(spec)}`)
  return [
    `${build.name} ${build.version} on Node ${build.node}`,
    ...threads,
    `  main thread  flush each ${settings.flushMs} to ${settings.flushMaxMs} ms, queue ${settings.queue} messages`,
    `  thread       history: ${historyFile ?? 'none'}`,
    `  page         ${url}/`,
    `  operators    ${url}/ops  (${settings.opsToken === '' ? 'look only, from this machine only' : 'with the token'})`,
    `  Socket.IO    ${url}${NAMESPACE}  (stock clients; websocket and polling)`,
    `  WebSocket    ${url.replace('http', 'ws')}${NAMESPACE}  (the same messages as bare JSON arrays)`,
    `  REST         ${url}/docs  /health  /ready  /metrics  /api/v1/channels`
  ].join('\n')
}

function specText(spec: ProducerSpec): string {
  switch (spec.feed) {
    case 'synthetic':
      return `SYNTHETIC market, ${spec.symbols} symbols, ${spec.ratePerSecond} messages/s, seed ${spec.seed}`
    case 'replay': {
      const speed = spec.speed === Number.POSITIVE_INFINITY ? 'at full speed' : `at ${spec.speed}×`
      const end = spec.loop ? 'again and again' : 'once'
      return `REPLAY of ${spec.files.join(', ')} ${speed}, ${end}${spec.hold ? ', from the first subscriber on' : ''}`
    }
    case 'module':
      return `module ${spec.file}`
    default:
      return spec satisfies never
  }
}
