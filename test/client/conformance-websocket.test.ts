import { expect, it } from 'vitest'
import { expectTruth } from './support/conformance.ts'

it('the SDK over websocket shows nothing but the truth as live, and tells every gap, whatever happens', async () => {
  await expectTruth('websocket')
  expect.hasAssertions()
})
