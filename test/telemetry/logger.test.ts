import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createLogger, type LoggerOptions } from '../../src/telemetry/logger.ts'

function logOf(options: Pick<LoggerOptions, 'logLevel' | 'logPretty'>) {
  const lines: string[] = []
  const destination = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line))
      done()
    }
  })
  const log = createLogger({ ...options, destination })
  return { log, lines }
}

describe('The log', () => {
  it('is one JSON object a line, with level and time as people read them', () => {
    const { log, lines } = logOf({ logLevel: 'info', logPretty: 'off' })
    log.info({ producer: 'synthetic' }, 'producer started')
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      producer: 'synthetic',
      msg: 'producer started'
    })
  })

  it('holds nothing below its level, and nothing at all when silent', () => {
    const { log, lines } = logOf({ logLevel: 'warn', logPretty: 'off' })
    log.info('not this')
    log.warn('this')
    expect(lines).toHaveLength(1)

    const silent = logOf({ logLevel: 'silent', logPretty: 'off' })
    silent.log.fatal('not this either')
    expect(silent.lines).toEqual([])
  })

  it('is text for people when pretty', async () => {
    const { log, lines } = logOf({ logLevel: 'info', logPretty: 'on' })
    log.warn('the queue is full')
    await expect.poll(() => lines.join('')).toMatch(/WARN.*the queue is full/)
  })

  it('is JSON by default where there is no terminal', async () => {
    const { log, lines } = logOf({ logLevel: 'info', logPretty: 'auto' })
    log.info('started')
    await expect.poll(() => lines).toHaveLength(1)
    expect(lines[0]?.startsWith('{')).toBe(process.stdout.isTTY !== true)
  })
})
