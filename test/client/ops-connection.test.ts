import { expect, it, onTestFinished } from 'vitest'
import { OpsConnection, type OpsConnectionOptions, type OpsFigures, type OpsHello } from '../../client/ops/index.ts'
import { startTestApp, until } from '../flow/support/test-app.ts'

const TOKEN = 'a-token-of-some-length'

/** A connection that keeps what it is told; closed when the test ends. */
function connect(url: string, token?: string) {
  const told = {
    hellos: [] as OpsHello[],
    figures: [] as OpsFigures[],
    downs: [] as string[],
    refusals: [] as Parameters<OpsConnectionOptions['listener']['onRefused']>[0][]
  }
  const connection = new OpsConnection({
    url,
    ...(token !== undefined && { token }),
    listener: {
      onHello: (hello) => told.hellos.push(hello),
      onFigures: (figures) => told.figures.push(figures),
      onDown: (reason) => told.downs.push(reason),
      onRefused: (error) => told.refusals.push(error)
    }
  })
  onTestFinished(() => connection.close())
  return { connection, told }
}

it('comes back to a server that was started anew, and asks for the same rows', async () => {
  const first = await startTestApp({ reconnectAfterMs: '0' })
  const { connection, told } = connect(first.url)
  connection.watch({ channels: { search: 'trade:SIM:A*' } })
  const isSearched = ({ channels }: OpsFigures) => channels.list[0]?.channel.startsWith('trade:SIM:A') === true
  await until(() => told.figures.some(isSearched), 'the rows')
  await first.stop('test')
  await until(() => told.downs.length > 0, 'the loss')
  await expect(connection.restartProducer('synthetic')).rejects.toThrow('no connection')
  told.figures.length = 0
  await startTestApp({ port: String(first.address.port) })
  await until(() => told.figures.some(isSearched), 'the same rows of the new server')

  expect(told.hellos).toHaveLength(2)
  expect(told.refusals).toEqual([])
})

it('does not knock again where nobody is let in, and says why', async () => {
  const app = await startTestApp({ opsToken: TOKEN })
  const wrong = connect(app.url, 'another-token-of-some-length')
  const none = connect(app.url)
  const right = connect(app.url, TOKEN)
  await until(() => [wrong, none].every(({ told }) => told.refusals.length > 0), 'the refusals')
  await until(() => right.told.figures.length >= 3, 'some seconds')

  for (const { told } of [wrong, none]) {
    expect(told.refusals).toEqual([{ name: 'tokenNeeded', message: expect.stringContaining('opsToken') }])
    expect(told.downs).toEqual([])
  }
  expect(await right.connection.restartProducer('nobody')).toMatchObject({ error: { name: 'unknownProducer' } })
  expect(await right.connection.kickClient('nobody')).toMatchObject({ error: { name: 'unknownClient' } })
})
