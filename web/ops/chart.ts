import type { LoadName } from '../../client/ops/index.ts'
import { make, setText } from './element.ts'
import type { LoadHistory } from './load-history.ts'

/** Time that the charts show, ms. */
export const SPAN_MS = 15 * 60_000
/** Time without a point that is a hole and not a line, ms. */
const HOLE_MS = 5_000
/** Room above the line for the label of the highest value, and below it, px. */
const ROOM = { above: 14, below: 2 } as const

/** One line of a chart. */
export interface Series {
  readonly name: LoadName
  readonly label: string
  /** The token of the theme that it is drawn in. */
  readonly colour: '--accent' | '--warn' | '--down' | '--up' | '--dim'
}

export interface ChartSpec {
  readonly title: string
  /** The first one is filled. */
  readonly series: readonly Series[]
  readonly text: (value: number) => string
  /** Least value of the upper end of the scale. */
  readonly least: number
  /** Steps of the scale are powers of 1,024. */
  readonly isBinary?: true
}

/** A small chart of the last quarter of an hour, with the values of now or of the moment pointed at. */
export class Chart {
  readonly element: HTMLElement
  readonly canvas: HTMLCanvasElement
  readonly #spec: ChartSpec
  readonly #values: readonly HTMLElement[]

  constructor(spec: ChartSpec) {
    this.#spec = spec
    this.element = make('figure', 'chart')
    const caption = make('figcaption')
    const values = make('span', 'chart-values')
    caption.append(make('span', 'chart-title', spec.title), values)
    this.#values = spec.series.map(({ label, colour }) => {
      const value = make('b', 'number', '–')
      const entry = make('span', `chart-value ${colour.slice(2)}`)
      if (spec.series.length > 1) entry.append(make('i', '', label), ' ')
      entry.append(value)
      values.append(entry)
      return value
    })
    this.canvas = make('canvas')
    this.canvas.setAttribute('role', 'img')
    const axis = make('div', 'chart-axis number')
    axis.setAttribute('aria-hidden', 'true')
    for (const text of ['−15 min', '−10', '−5', 'now']) axis.append(make('span', '', text))
    this.element.append(caption, this.canvas, axis)
  }

  /** @param place the point whose values are told; the newest when absent. */
  draw(history: LoadHistory, nowTime: number, place: number | undefined): void {
    const { series, text, title } = this.#spec
    const times = history.column('time')
    const columns = series.map(({ name }) => history.column(name))
    const highest = columns.reduce((most, values) => values.reduce((a, b) => Math.max(a, b), most), 0)
    const values = columns.map((column) => column.at(place ?? -1))
    values.forEach((value, n) => {
      const element = this.#values[n]
      if (element !== undefined) setText(element, value === undefined ? '–' : text(value))
    })
    const told = series.map(({ label }, n) => `${label} ${values[n] === undefined ? 'unknown' : text(values[n])}`)
    const label = `${title}: ${told.join(', ')}; highest in 15 minutes ${text(highest)}`
    if (this.canvas.getAttribute('aria-label') !== label) this.canvas.setAttribute('aria-label', label)
    this.#paint(times, columns, this.#scale(highest), nowTime, place)
  }

  #scale(highest: number): number {
    const { least, isBinary } = this.#spec
    const most = Math.max(highest, least)
    const base = isBinary ? 1_024 ** Math.floor(Math.log(most) / Math.log(1_024)) : 1
    const step = 10 ** Math.floor(Math.log10(most / base))
    const nice = [1, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * step * base >= most) ?? 10
    return nice * step * base
  }

  #paint(
    times: readonly number[],
    columns: readonly (readonly number[])[],
    top: number,
    nowTime: number,
    place: number | undefined
  ): void {
    const { width, height } = sharpened(this.canvas)
    const context = this.canvas.getContext('2d')
    if (context === null || width === 0) return
    const style = getComputedStyle(this.element)
    const colour = (token: string) => style.getPropertyValue(token)
    const x = (time: number) => width * (1 - (nowTime - time) / SPAN_MS)
    const y = (value: number) => height - ROOM.below - (height - ROOM.above - ROOM.below) * (value / top)
    context.clearRect(0, 0, width, height)
    context.lineWidth = 1
    context.strokeStyle = colour('--line-soft')
    for (const level of [0, top / 2, top]) line(context, 0, y(level), width, y(level))
    for (const part of [1 / 3, 2 / 3]) line(context, width * part, ROOM.above, width * part, height)
    context.fillStyle = colour('--dim')
    context.font = `${style.getPropertyValue('--text-xs')} ${style.getPropertyValue('--numbers')}`
    context.fillText(this.#spec.text(top), 0, ROOM.above - 4)
    // The first series lies on top of the others.
    for (const n of [...columns.keys()].reverse()) {
      const shape = shapesOf(times, columns[n] ?? [], x, y)
      context.strokeStyle = colour(this.#spec.series[n]?.colour ?? '--accent')
      context.lineWidth = 1.5
      context.lineJoin = 'round'
      context.stroke(shape.line)
      if (n > 0) continue
      context.globalAlpha = 0.14
      context.fillStyle = context.strokeStyle
      context.fill(shape.area)
      context.globalAlpha = 1
    }
    const time = place === undefined ? undefined : times.at(place)
    if (time === undefined) return
    context.lineWidth = 1
    context.strokeStyle = colour('--soft')
    line(context, x(time), 0, x(time), height)
  }
}

/** Makes the pixels of the canvas those of the screen; its size in CSS pixels. */
function sharpened(canvas: HTMLCanvasElement): { width: number; height: number } {
  const { clientWidth: width, clientHeight: height } = canvas
  const ratio = devicePixelRatio
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio)
    canvas.height = Math.round(height * ratio)
  }
  canvas.getContext('2d')?.setTransform(ratio, 0, 0, ratio, 0, 0)
  return { width, height }
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  // On the middle of a pixel, so that it is sharp.
  const sharp = (value: number) => Math.round(value - 0.5) + 0.5
  context.beginPath()
  context.moveTo(sharp(x1), sharp(y1))
  context.lineTo(sharp(x2), sharp(y2))
  context.stroke()
}

/** The line through the points, and the area below it; a hole in the time is a hole in both. */
function shapesOf(
  times: readonly number[],
  values: readonly number[],
  x: (time: number) => number,
  y: (value: number) => number
): { line: Path2D; area: Path2D } {
  const [path, area] = [new Path2D(), new Path2D()]
  let before: number | undefined
  times.forEach((time, place) => {
    const [atX, atY] = [x(time), y(values[place] ?? 0)]
    if (before === undefined || time - before > HOLE_MS) {
      if (before !== undefined) area.lineTo(x(before), y(0))
      path.moveTo(atX, atY)
      area.moveTo(atX, y(0))
    } else path.lineTo(atX, atY)
    area.lineTo(atX, atY)
    before = time
  })
  if (before !== undefined) area.lineTo(x(before), y(0))
  return { line: path, area }
}
