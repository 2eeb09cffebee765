import { expect, it } from 'vitest'
import type { Case } from '../../bench/harness/case.ts'
import { readOptions } from '../../bench/harness/options.ts'

const common = { question: 'How?', metrics: [], targets: [], run: () => Promise.resolve() }
const CASES: readonly Case[] = [
  { ...common, name: 'small' },
  { ...common, name: 'huge', isLarge: true },
  { ...common, name: 'other' }
]

it.each([
  [[], ['small', 'other']],
  [['--large'], ['small', 'huge', 'other']],
  [
    ['--case', 'other, huge'],
    ['other', 'huge']
  ],
  [['--quick', '--case', 'small'], ['small']]
])('%j runs %j', (args, cases) => {
  expect(readOptions(args, CASES)).toMatchObject({ cases })
})

it('tells which cases there are when one is named that is not', () => {
  expect(() => readOptions(['--case', 'smal'], CASES)).toThrow(
    '--case: expected some of small, huge, other; found smal'
  )
})
