import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { BookSchema, CandleSchema, QuoteSchema, TickerSchema, TradeSchema } from './market-data.ts'

const SCHEMAS: Readonly<Record<string, TSchema>> = {
  book: BookSchema,
  candle: CandleSchema,
  quote: QuoteSchema,
  ticker: TickerSchema,
  trade: TradeSchema
}

/** Says what is wrong with a channel's payload, e.g. `data/bid must be string`; `undefined` when it is right. */
export type PayloadCheck = (kind: string, data: unknown) => string | undefined

/**
 * Makes a check of payloads against the schemas of the standard kinds; payloads of other kinds are their producer's own
 * business. Schemas are compiled at their first use.
 */
export function createPayloadCheck(): PayloadCheck {
  const validators = new Map<string, Validator>()
  return (kind, data) => {
    const schema = SCHEMAS[kind]
    if (schema === undefined) return undefined
    const validator = validators.get(kind) ?? Compile(schema)
    validators.set(kind, validator)
    if (validator.Check(data)) return undefined
    const [first] = validator.Errors(data)
    return `data${first?.instancePath ?? ''} ${first?.message ?? 'does not match its schema'}`
  }
}
