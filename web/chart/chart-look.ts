import { ColorType, CrosshairMode, type DeepPartial, TickMarkType, type TimeChartOptions } from 'lightweight-charts'
import { clockText, dayText, minuteText } from '../time-text.ts'

/** Colours of the chart, by the theme of the page. */
export interface ChartColors {
  readonly up: string
  readonly down: string
  readonly upBar: string
  readonly downBar: string
  readonly grid: string
  readonly text: string
  readonly line: string
  readonly label: string
  /** One for each moving average, in their order. */
  readonly averages: readonly string[]
}

/** Reads the colours that apply now. */
export function chartColors(): ChartColors {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(name).trim()
  return {
    up: color('--up'),
    down: color('--down'),
    upBar: color('--up-volume'),
    downBar: color('--down-volume'),
    grid: color('--line-soft'),
    text: color('--dim'),
    line: color('--line'),
    label: color('--label'),
    averages: [color('--average-1'), color('--average-2')]
  }
}

/** What is the same for every chart, and the colours. */
export function chartOptions({ grid, text, line, label }: ChartColors): DeepPartial<TimeChartOptions> {
  const font = getComputedStyle(document.documentElement).getPropertyValue('--numbers').trim()
  const crosshair = { color: text, labelBackgroundColor: label } as const
  return {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: 'transparent' },
      textColor: text,
      fontFamily: font,
      fontSize: 11,
      // It comes with a style element, which the page's policy forbids; the page names the library in words.
      attributionLogo: false
    },
    grid: { vertLines: { color: grid }, horzLines: { color: grid } },
    crosshair: { mode: CrosshairMode.Normal, vertLine: crosshair, horzLine: crosshair },
    rightPriceScale: { borderColor: line, scaleMargins: { top: 0.08, bottom: 0.22 } },
    timeScale: { borderColor: line, rightOffset: 4, barSpacing: 7, minBarSpacing: 1 }
  }
}

/** Times at the foot of the chart, in the zone of this machine; days and longer begin by UTC, and are named by it. */
export function timeOptions(isIntraday: boolean, hasSeconds: boolean): DeepPartial<TimeChartOptions> {
  const clock = hasSeconds ? clockText : minuteText
  const dayOf = (timeMs: number) => {
    const date = new Date(timeMs)
    return isIntraday ? dayText(timeMs) : dayText(timeMs + date.getTimezoneOffset() * 60_000)
  }
  return {
    localization: {
      timeFormatter: (time: unknown) => {
        const timeMs = Number(time) * 1_000
        return isIntraday
          ? `${dayText(timeMs)} ${clock(timeMs)}`
          : `${dayOf(timeMs)} ${new Date(timeMs).getUTCFullYear()}`
      }
    },
    timeScale: {
      timeVisible: isIntraday,
      secondsVisible: hasSeconds,
      tickMarkFormatter: (time: unknown, kind: TickMarkType) => {
        const timeMs = Number(time) * 1_000
        if (kind === TickMarkType.Year) return String(new Date(timeMs).getUTCFullYear())
        if (kind === TickMarkType.TimeWithSeconds) return clockText(timeMs)
        return kind === TickMarkType.Time ? minuteText(timeMs) : dayOf(timeMs)
      }
    }
  }
}
