// @ts-check
import { doubtOf } from './market.js'

/** @typedef {import('./market.js').Instrument} Instrument */

/**
 * @typedef {object} Column
 * @property {string} id Also the class of its cells and their place in the grid.
 * @property {string} label
 * @property {string} [hint] What the label alone does not say.
 * @property {boolean} isNumber
 * @property {boolean} isMoving Its order changes with the market, so that it is sorted again now and then.
 * @property {(instrument: Instrument, nowMs: number) => string} text
 * @property {(instrument: Instrument) => string | number} key What it is sorted by.
 */

const NOTHING = '–'

/** The columns, in their order on a wide screen. @type {readonly Column[]} */
export const COLUMNS = [
  { ...word('symbol', 'Symbol', ({ symbol }) => symbol) },
  { ...word('venue', 'Venue', ({ venue }) => venue) },
  number('bidSize', 'Bid size', ({ bidSize }) => bidSize),
  number('bid', 'Bid', ({ bid }) => bid),
  number('ask', 'Ask', ({ ask }) => ask),
  number('askSize', 'Ask size', ({ askSize }) => askSize),
  number('spread', 'Spread', spreadText),
  number('last', 'Last', ({ last }) => last, { hint: 'Price of the newest trade' }),
  number('change', 'Change', changeText, { hint: 'Of the last price, since this page was loaded', key: changeOf }),
  number('rate', 'Upd/s', rateText, { hint: 'Updates in the last second', key: ({ ratePerSecond }) => ratePerSecond }),
  number('age', 'Age', ageText, { hint: 'Time since the newest update', key: ({ updatedMs }) => -updatedMs }),
  { ...word('state', 'State', stateText), isMoving: true }
]

/**
 * @param {string} id
 * @param {string} label
 * @param {(instrument: Instrument) => string} text
 * @returns {Column}
 */
function word(id, label, text) {
  return { id, label, isNumber: false, isMoving: false, text, key: text }
}

/**
 * @param {string} id
 * @param {string} label
 * @param {Column['text']} text
 * @param {{ hint?: string, key?: (instrument: Instrument) => number }} [more]
 * @returns {Column}
 */
function number(id, label, text, { hint, key } = {}) {
  return {
    id,
    label,
    ...(hint === undefined ? {} : { hint }),
    isNumber: true,
    isMoving: true,
    text: (instrument, nowMs) => text(instrument, nowMs) || NOTHING,
    key: key ?? ((instrument) => numberOf(text(instrument, 0)))
  }
}

/** Rows without a value come last, whatever they are sorted by. @param {string} text */
function numberOf(text) {
  return text === '' ? Number.NaN : Number(text)
}

/** With as many decimals as the prices have. @param {Instrument} instrument */
function spreadText({ bid, ask }) {
  if (bid === '' || ask === '') return ''
  return (Number(ask) - Number(bid)).toFixed(Math.max(decimalsOf(bid), decimalsOf(ask)))
}

/** @param {string} price */
function decimalsOf(price) {
  const point = price.indexOf('.')
  return point < 0 ? 0 : price.length - point - 1
}

/** @param {Instrument} instrument */
function changeOf({ last, firstLast }) {
  return last === '' ? Number.NaN : (Number(last) / Number(firstLast) - 1) * 100
}

/** @param {Instrument} instrument */
function changeText(instrument) {
  const change = changeOf(instrument)
  if (Number.isNaN(change)) return ''
  const text = Math.abs(change).toFixed(2)
  if (text === '0.00') return '0.00%'
  return `${change > 0 ? '+' : '−'}${text}%`
}

/** @param {Instrument} instrument */
function rateText({ ratePerSecond }) {
  return ratePerSecond < 0.05 ? '0' : ratePerSecond.toFixed(ratePerSecond < 10 ? 1 : 0)
}

/**
 * @param {Instrument} instrument
 * @param {number} nowMs
 */
function ageText({ updatedMs }, nowMs) {
  if (updatedMs === 0) return ''
  const seconds = Math.floor((nowMs - updatedMs) / 1_000)
  if (seconds < 1) return '<1s'
  if (seconds < 120) return `${seconds}s`
  return seconds < 7_200 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3_600)}h`
}

/** The cause of a doubt and since when it lasts, on the clock of this machine. @param {Instrument} instrument */
function stateText(instrument) {
  const doubt = doubtOf(instrument)
  if (doubt === undefined) return instrument.updatedMs === 0 ? 'nothing yet' : 'live'
  if (doubt.hasGap) return 'gap, asked again'
  const cause = doubt.cause === 'none' ? doubt.quality : doubt.cause.replaceAll('_', ' ')
  return `${cause} ${new Date(doubt.since).toLocaleTimeString('en-GB')}`
}
