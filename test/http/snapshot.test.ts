import { describe, expect, it } from 'vitest'
import { startHttp } from './http-fixture.ts'

const quote = '[{"channel":"quote:SIM:AAPL","seq":7,"type":"snapshot","epoch":"e1","data":{"bid":"1.10"}}]'
const state = { epoch: 'e1', seq: 7, quality: 'live', cause: 'none', since: 1_700_000_000_000 }

describe('/api/v1/snapshot', () => {
  it('gives the newest state of a channel, with how far it can be trusted', async () => {
    const { app, view } = await startHttp()
    view.add('quote:SIM:AAPL', quote, { quality: 'stale', cause: 'producer_dead' })
    const response = await app.inject('/api/v1/snapshot?channel=quote:SIM:AAPL')
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(response.json()).toEqual({
      snapshots: [
        { channel: 'quote:SIM:AAPL', ...state, quality: 'stale', cause: 'producer_dead', updates: JSON.parse(quote) }
      ]
    })
  })

  it('passes the text of the updates on as it is', async () => {
    const { app, view } = await startHttp()
    const text = '[{"seq":1,"data":{"price":"1.0","big":12345678901234567890}}]'
    view.add('trade:SIM:AAPL', text)
    expect((await app.inject('/api/v1/snapshot?channel=trade:SIM:AAPL')).body).toContain(`"updates":${text}}`)
  })

  it('is empty for a channel on which nothing was published yet', async () => {
    const { app, view } = await startHttp()
    view.add('quote:SIM:AAPL', '[]', { seq: 0, quality: 'recovering', cause: 'starting' })
    const { snapshots } = (await app.inject('/api/v1/snapshot?channel=quote:SIM:AAPL')).json()
    expect(snapshots).toEqual([expect.objectContaining({ seq: 0, cause: 'starting', updates: [] })])
  })

  it.each([
    'channel=quote:SIM:B,quote:SIM:A',
    'channel=quote:SIM:B&channel=quote:SIM:A',
    'channel=quote:SIM:B,%20quote:SIM:A&channel=quote:SIM:B'
  ])('gives several channels in the order asked, each once: %s', async (query) => {
    const { app, view } = await startHttp()
    view.add('quote:SIM:A')
    view.add('quote:SIM:B')
    const { snapshots } = (await app.inject(`/api/v1/snapshot?${query}`)).json()
    expect(snapshots.map(({ channel }: { channel: string }) => channel)).toEqual(['quote:SIM:B', 'quote:SIM:A'])
  })

  it('says which of several channels is unknown and answers the others', async () => {
    const { app, view } = await startHttp()
    view.add('quote:SIM:AAPL', quote)
    const response = await app.inject('/api/v1/snapshot?channel=quote:SIM:NOPE,quote:SIM:AAPL')
    expect(response.statusCode).toBe(200)
    expect(response.json().snapshots).toEqual([
      {
        channel: 'quote:SIM:NOPE',
        error: { code: 103, name: 'unknownChannel', message: expect.stringContaining('NOPE'), temporary: true }
      },
      { channel: 'quote:SIM:AAPL', ...state, updates: JSON.parse(quote) }
    ])
  })

  it('is 404 when no channel asked for is known', async () => {
    const { app } = await startHttp()
    const response = await app.inject('/api/v1/snapshot?channel=quote:SIM:NOPE,trade:SIM:NOPE')
    expect(response.statusCode).toBe(404)
    expect(response.json()).toMatchObject({
      code: 'unknownChannel',
      detail: 'No producer publishes quote:SIM:NOPE, trade:SIM:NOPE now. See /api/v1/channels'
    })
  })

  it.each([
    ['', 'badRequest', "channel (query) must have required property 'channel', found nothing"],
    ['?channel=', 'badChannel', 'channel: expected kind:VENUE:SYMBOL[:param], e.g. quote:SIM:AAPL, found ""'],
    ['?channel=quote:SIM:*', 'badChannel', 'found "quote:SIM:*"'],
    ['?channel=quote:SIM:AAPL,quote', 'badChannel', 'found "quote"']
  ])('is 400 for the query %j', async (query, code, detail) => {
    const { app, view } = await startHttp()
    view.add('quote:SIM:AAPL')
    const response = await app.inject(`/api/v1/snapshot${query}`)
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ code, detail: expect.stringContaining(detail) })
  })

  it.each([
    [99, 200],
    [100, 200],
    [101, 400]
  ])('takes %i channels at once: %i', async (count, status) => {
    const { app, view } = await startHttp()
    const names = Array.from({ length: count }, (_, index) => `quote:SIM:S${index}`)
    for (const name of names) view.add(name, quote)
    const response = await app.inject({ url: '/api/v1/snapshot', query: { channel: names.join() } })
    expect(response.statusCode).toBe(status)
    if (status === 200) expect(response.json().snapshots).toHaveLength(count)
    else expect(response.json().detail).toContain('expected at most 100 channels, found 101')
  })
})
