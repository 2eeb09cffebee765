import { onTestFinished } from 'vitest'
import { CliRun } from '../../support/run-cli.ts'
import { until } from './test-app.ts'

/** A server in a process of its own, as it is started from a shell; killed when the test ends. */
export async function startServer(...flags: readonly string[]): Promise<{ run: CliRun; url: string; port: number }> {
  const run = new CliRun('serve', '--port', '0', '--log-level', 'warn', ...flags)
  onTestFinished(() => run.kill('SIGKILL'))
  const banner = () => /^ {2}page +(http:\/\/[^/]+):(\d+)\/$/m.exec(run.stdout)
  await until(() => banner() !== null, 'the banner')
  const [, host = '', port = ''] = banner() ?? []
  return { run, url: `${host}:${port}`, port: Number(port) }
}
