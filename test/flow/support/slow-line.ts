import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { App } from '../../../src/app.ts'

/** A way to the server on which every byte takes `delayMs` in each direction; gone when the test ends. */
export async function slowLine(app: App, delayMs: number): Promise<{ readonly url: string }> {
  const line = createServer((client) => {
    const server = connect(app.address.port, app.address.host)
    forward(client, server, delayMs)
    forward(server, client, delayMs)
  })
  onTestFinished(() => {
    line.close()
  })
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve))
  const address = line.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` }
}

function forward(from: Socket, to: Socket, delayMs: number): void {
  from.on('data', (chunk) => setTimeout(() => to.write(chunk), delayMs))
  from.on('close', () => setTimeout(() => to.destroy(), delayMs))
  from.on('error', () => undefined)
}
