import { expect, it } from 'vitest'
import { expectTruth } from './support/conformance.ts'

it('the SDK over socket.io shows nothing but the truth as live, and tells every gap, whatever happens', async () => {
  await expectTruth('socket.io')
  expect.hasAssertions()
})
