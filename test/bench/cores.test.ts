import { describe, expect, it } from 'vitest'
import { numbersOf, splitOf } from '../../bench/harness/cores.ts'

const core = (speed: number, ...threads: readonly number[]) => ({ threads, speed })

describe('The cores for servers and clients', () => {
  it('are read as the system writes them', () => {
    expect(numbersOf('0-3,8')).toEqual([0, 1, 2, 3, 8])
    expect(numbersOf('5')).toEqual([5])
    expect(numbersOf('')).toEqual([])
  })

  it('are the quicker half for the servers, with both threads of each', () => {
    expect(splitOf([core(1, 0), core(2, 1)])).toEqual({ servers: '1', clients: '0' })
    expect(splitOf([core(3, 0, 4), core(1, 1, 5), core(4, 2, 6), core(2, 3, 7)])).toEqual({
      servers: '0,2,4,6',
      clients: '1,3,5,7'
    })
    expect(splitOf([core(1, 0), core(2, 1), core(3, 2)])).toEqual({ servers: '2', clients: '0,1' })
  })

  it('are the two threads of a single core where there is no other', () => {
    expect(splitOf([core(1, 0, 1)])).toEqual({ servers: '0', clients: '1' })
  })
})
