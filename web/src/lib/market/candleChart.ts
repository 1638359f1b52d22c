import {
  type CandlestickData,
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  createChart,
  type HistogramData,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  LineStyle,
  type UTCTimestamp,
} from 'lightweight-charts'
import type { Candle } from '$contract/markets.ts'
import { onTokens, readTokens, type Tokens } from '../theme/tokens.ts'

/** A price to mark on the chart: a resting order of one's own. */
export interface PriceMark {
  price: string
  side: 'buy' | 'sell'
  title: string
}

// The chart draws in doubles; it is a picture, and no amount is ever read back from it.
const drawn = (candle: Candle): CandlestickData<UTCTimestamp> => ({
  time: candle.time as UTCTimestamp,
  open: Number(candle.open),
  high: Number(candle.high),
  low: Number(candle.low),
  close: Number(candle.close),
})

/** The one place that knows the chart library. */
export class CandleChart {
  readonly #chart: IChartApi
  readonly #candles: ISeriesApi<'Candlestick'>
  readonly #volume: ISeriesApi<'Histogram'>
  readonly #endTokens: () => void
  #tokens = readTokens()
  #shown: readonly Candle[] = []
  #lines: IPriceLine[] = []
  #marks: readonly PriceMark[] = []

  constructor(box: HTMLElement, decimals: number) {
    this.#chart = createChart(box, {
      autoSize: true,
      // Its logo brings a style element, which the page's policy refuses; the credit stands below the chart.
      layout: { attributionLogo: false, fontFamily: getComputedStyle(box).fontFamily, fontSize: 11 },
      crosshair: { mode: CrosshairMode.Normal },
      timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 4, minBarSpacing: 2 },
      rightPriceScale: { scaleMargins: { top: 0.08, bottom: 0.24 } },
      handleScroll: { vertTouchDrag: false },
    })
    this.#candles = this.#chart.addSeries(CandlestickSeries, {
      priceFormat: { type: 'price', precision: decimals, minMove: 10 ** -decimals },
      borderVisible: false,
    })
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceFormat: { type: 'volume' },
      priceScaleId: 'volume',
      lastValueVisible: false,
      priceLineVisible: false,
    })
    this.#chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } })
    this.#paint(this.#tokens)
    this.#endTokens = onTokens((tokens) => this.#paint(tokens))
  }

  /** Sorted, each time once. Only what changed is drawn where that is at the end; what is in view stays in view. */
  show(candles: readonly Candle[]): void {
    const before = this.#shown
    this.#shown = candles
    const first = candles.findIndex((candle, at) => candle !== before[at])
    if (first === -1 && candles.length === before.length) return
    if (before.length > 0 && first >= before.length - 1) {
      for (const candle of candles.slice(first)) {
        this.#candles.update(drawn(candle))
        this.#volume.update(this.#bar(candle))
      }
      return
    }
    const scale = this.#chart.timeScale()
    const view = scale.getVisibleLogicalRange()
    const moved = lengthOf(before) === lengthOf(candles) ? movedBy(before, candles) : null
    scale.applyOptions({ secondsVisible: lengthOf(candles) < 60 })
    this.#candles.setData(candles.map(drawn))
    this.#volume.setData(candles.map((candle) => this.#bar(candle)))
    if (view !== null && moved !== null)
      scale.setVisibleLogicalRange({ from: view.from + moved, to: view.to + moved })
    else scale.setVisibleLogicalRange({ from: candles.length - 110, to: candles.length + 4 })
  }

  mark(marks: readonly PriceMark[]): void {
    this.#marks = marks
    for (const line of this.#lines) this.#candles.removePriceLine(line)
    this.#lines = marks.map(({ price, side, title }) =>
      this.#candles.createPriceLine({
        price: Number(price),
        title,
        color: side === 'buy' ? this.#tokens.up : this.#tokens.down,
        lineWidth: 1,
        lineStyle: LineStyle.Dashed,
        axisLabelVisible: true,
      }),
    )
  }

  remove(): void {
    this.#endTokens()
    this.#chart.remove()
  }

  #bar(candle: Candle): HistogramData<UTCTimestamp> {
    const rose = Number(candle.close) >= Number(candle.open)
    return {
      time: candle.time as UTCTimestamp,
      value: Number(candle.volume),
      color: rose ? this.#tokens['up-bar'] : this.#tokens['down-bar'],
    }
  }

  #paint(tokens: Tokens): void {
    this.#tokens = tokens
    const line = { color: tokens.line }
    this.#chart.applyOptions({
      layout: { background: { type: ColorType.Solid, color: tokens.panel }, textColor: tokens['ink-3'] },
      grid: { vertLines: line, horzLines: line },
      rightPriceScale: { borderColor: tokens.line },
      timeScale: { borderColor: tokens.line },
      crosshair: {
        vertLine: { color: tokens['line-strong'], labelBackgroundColor: tokens['ink-2'] },
        horzLine: { color: tokens['line-strong'], labelBackgroundColor: tokens['ink-2'] },
      },
    })
    this.#candles.applyOptions({
      upColor: tokens.up,
      wickUpColor: tokens.up,
      downColor: tokens.down,
      wickDownColor: tokens.down,
    })
    // Colours given per bar and per line do not follow the theme by themselves.
    this.#volume.setData(this.#shown.map((candle) => this.#bar(candle)))
    this.mark(this.#marks)
  }
}

/** Seconds from one candle to the next; zero where that cannot be seen. */
const lengthOf = (candles: readonly Candle[]): number =>
  (candles.at(-1)?.time ?? 0) - (candles.at(-2)?.time ?? 0)

/** By how many places the candles that are in both have moved; null when none is. */
function movedBy(before: readonly Candle[], candles: readonly Candle[]): number | null {
  const last = before.at(-1)?.time
  const at = candles.findIndex(({ time }) => time === last)
  return at === -1 ? null : at - (before.length - 1)
}
