import { it } from 'vitest'
import { expectContract, WAYS } from './support/contract.ts'

it(
  'brings stock clients exactly what was published, however they connect and whatever they ask meanwhile',
  {
    timeout: 60_000
  },
  () => expectContract(WAYS)
)
