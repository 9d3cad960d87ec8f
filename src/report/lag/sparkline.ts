/** A row of bars, one for each value: what a figure did lately, in the room of a word. Pure. */

export interface SparklineOptions {
  /** Cells; the newest values are shown, to the right. */
  width: number
  /** What a full bar stands for at least, so that the noise of something small does not look like a mountain. */
  fullAtLeast: number
  /** False where the terminal cannot show more than ASCII. */
  unicode: boolean
}

const BARS = {unicode: '▁▂▃▄▅▆▇█', ascii: '_.-=+*%#'}

/** '' of no values at all; a value that is not known is a blank. Only 0 is as low as the lowest bar. */
export function sparkline(values: readonly (number | null)[], {width, fullAtLeast, unicode}: SparklineOptions): string {
  const shown = values.slice(-width)
  if (shown.every(value => value === null)) return ''
  const most = shown.reduce<number>((sofar, value) => Math.max(sofar, value ?? 0), fullAtLeast)
  const bars = [...(unicode ? BARS.unicode : BARS.ascii)]
  const line = shown.map(value => {
    if (value === null) return ' '
    if (value <= 0 || most <= 0) return bars[0]
    return bars[Math.max(1, Math.min(bars.length - 1, Math.round((value / most) * (bars.length - 1))))]
  })
  return line.join('').padStart(width)
}
