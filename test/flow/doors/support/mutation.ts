import type { Random } from './random.ts'
import { frameOf, OPCODE } from './raw-web-socket.ts'

const { text, continuation, binary, close, ping, pong } = OPCODE
const NAMESPACE = '/ws/rt_market'

/** What well-behaved clients send: the beginning of every mutation. */
const REQUESTS: readonly (readonly [string, unknown])[] = [
  ['subscribe', { channels: ['quote:SIM:AAPL', { channel: 'trade:SIM:AAPL', maxRateHz: 2 }] }],
  ['subscribe', { channels: ['quote:SIM:*', '*:*:*'] }],
  ['subscribe', [{ channel: 'book:SIM:AAPL', resume: { epoch: 'some-epoch', seq: 12 } }]],
  ['unsubscribe', { channels: ['quote:SIM:AAPL', 'quote:*:*'] }],
  ['subscriptions', {}],
  ['snapshot', { channel: 'book:SIM:AAPL' }],
  ['message', { text: 'päyload ✓', list: [1, 2.5, null, true] }]
]

/** Bits of JSON and of packets that matter to somebody who reads them. */
const TOKENS = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '\\',
    '\\u0000',
    '\\ud800',
    'null',
    'true',
    '-',
    '1e999',
    '9007199254740993',
    '""',
    '*',
    ' '
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'length',
    'channels',
    'resume',
    'seq',
    'epoch',
    'maxRateHz',
    '\u0000',
    '\u001e',
    'é',
    '🚀'
  ],
  ...[
    '0',
    '1',
    '2',
    '3',
    '4',
    '40',
    '41',
    '42',
    '43',
    '44',
    '45',
    '46',
    '450-',
    '451-',
    '999-',
    NAMESPACE,
    '/',
    '?a=1,'
  ]
] as const

const MOST_TOKENS = 40

/** The text a client of a door sends for a request. */
function textOf(door: 'native' | 'engine', random: Random): string {
  const [name, payload] = random.pick(REQUESTS)
  const id = random.below(100)
  return door === 'native'
    ? JSON.stringify([name, payload, id])
    : `42${NAMESPACE},${id}${JSON.stringify([name, payload])}`
}

/** A text that was right before something happened to it. */
export function mutatedText(door: 'native' | 'engine', random: Random): string {
  let mutated = textOf(door, random)
  for (let change = 1 + random.below(4); change > 0; change--) {
    const [one, other] = [random.below(mutated.length + 1), random.below(mutated.length + 1)]
    const [from, to] = [Math.min(one, other), Math.max(one, other)]
    const token = random.pick(TOKENS)
    const kinds = [
      () => mutated.slice(0, from) + token + mutated.slice(from),
      () => mutated.slice(0, from) + mutated.slice(to),
      () => mutated.slice(0, to) + mutated.slice(from),
      () => mutated.slice(0, from),
      () => mutated.slice(0, from) + token.repeat(1 + random.below(MOST_TOKENS)) + mutated.slice(to),
      () => mutated.slice(0, from) + String.fromCharCode(random.below(0x300)) + mutated.slice(from + 1)
    ]
    mutated = random.pick(kinds)()
  }
  return mutated
}

/** A frame that is right, with a text that is not; or a frame that is not right itself. */
export function mutatedFrame(door: 'native' | 'engine', random: Random): Buffer {
  const payload = Buffer.from(mutatedText(door, random))
  switch (random.below(10)) {
    case 0: {
      const frame = frameOf(text, payload)
      for (let flips = 1 + random.below(3); flips > 0; flips--) {
        const at = random.below(random.below(2) === 0 ? frame.length : 14) % frame.length
        frame[at] = (frame[at] ?? 0) ^ (1 << random.below(8))
      }
      return frame
    }
    case 1:
      return frameOf(random.pick([continuation, binary, close, ping, pong, 3, 7, 11, 15]), payload)
    case 2:
      return frameOf(text, payload, {
        isFinal: random.below(2) === 0,
        reserved: random.pick([0, 0, 0, 0x10, 0x20, 0x40])
      })
    case 3:
      return frameOf(binary, payload.subarray(0, random.below(payload.length + 1)))
    default:
      return frameOf(text, payload)
  }
}
