import { Type } from 'typebox'
import type { ProducerState, ProducerView } from './market-view.ts'

const states: readonly ProducerState[] = [
  'starting',
  'holding',
  'running',
  'silent',
  'restarting',
  'finished',
  'stopped'
]
const origins: readonly ProducerView['origin'][] = ['synthetic', 'replay', 'live']

/** One producer thread. Every field of `ProducerView` is here, since an answer holds only what its schema names. */
export const ProducerSchema = Type.Object(
  {
    name: Type.String({ description: 'Unique name' }),
    feed: Type.String({ description: 'Kind of feed' }),
    state: Type.Enum([...states], { type: 'string', description: 'silent: running, but without data for too long' }),
    origin: Type.Enum([...origins], { type: 'string', description: 'Whether the data is generated, recorded or live' }),
    epoch: Type.String({ description: 'Names the life of the producer; a restart begins a new one' }),
    channels: Type.Integer({ description: 'Channels it owns' }),
    messages: Type.Integer({ description: 'Messages taken in from it' }),
    merged: Type.Integer({ description: 'State messages merged in its thread for want of credit' }),
    dropped: Type.Integer({ description: 'Event messages dropped in its thread for want of credit' }),
    restarts: Type.Integer({ description: 'Times it was restarted' }),
    since: Type.Integer({ description: 'When it came into its state, ms since the Unix epoch' }),
    lastError: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'Why it failed last; null if never'
    })
  },
  { description: 'A producer thread' }
)
