/**
 * Numbers and times as people on call say them. Base units in, short text out; null never gets here: callers say in words
 * what is not known. English digits and UTC whatever the locale, so that a report reads the same everywhere.
 */
import type {Timestamp} from './evidence/types.ts'

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400

/** "2 s", "41 min", "3 h 20 min", "2 d 4 h"; negative spans count as 0. Two units at most, never rounded to a rounder lie. */
export function formatSeconds(seconds: number): string {
  const span = Math.max(0, seconds)
  if (span > 0 && span < 1) return `${Math.max(1, Math.round(span * 1000))} ms`
  const whole = Math.round(span)
  if (whole < 2 * MINUTE) return `${whole} s`
  if (whole < 2 * HOUR) return `${Math.floor(whole / MINUTE)} min`
  if (whole < 2 * DAY) return pair(whole, HOUR, 'h', MINUTE, 'min')
  return pair(whole, DAY, 'd', HOUR, 'h')
}

function pair(whole: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((whole % large) / small)
  return `${Math.floor(whole / large)} ${largeUnit}${rest > 0 ? ` ${rest} ${smallUnit}` : ''}`
}

/** Ends that differ by less than this share of the later one are said as one. */
const SAME_SHARE = 0.05

/**
 * "22-38 min", "50 s-3 min"; from two hours on in whole hours, never later than the earliest is: "6-8 h". One time where both
 * ends come to the same: "8 h" for 7 h 58 min to 7 h 59 min.
 */
export function formatSecondsRange(earliest: number, latest: number): string {
  const unit = [DAY, HOUR].find(size => earliest >= 2 * size)
  if (unit !== undefined) {
    const name = unit === DAY ? 'd' : 'h'
    const whole = Math.round(earliest / unit)
    const isWhole = Math.abs(whole * unit - earliest) < SAME_SHARE * earliest
    if (isWhole && whole === Math.round(latest / unit)) return `${whole} ${name}`
    if (latest - earliest < SAME_SHARE * latest) return formatSeconds(earliest)
    const [from, to] = [Math.floor(earliest / unit), Math.round(latest / unit)]
    return from === to ? formatSeconds(earliest) : `${from}-${to} ${name}`
  }
  const from = formatSeconds(earliest)
  const to = formatSeconds(latest)
  if (from === to || latest - earliest < SAME_SHARE * latest) return from
  const [fromNumber, fromUnit] = from.split(' ')
  const [, toUnit, ...toRest] = to.split(' ')
  return fromUnit === toUnit && toRest.length === 0 ? `${fromNumber}-${to}` : `${from}-${to}`
}

/**
 * When something begins, in so many seconds from now at the earliest and at the latest, one of which may not be known: "in 22-38 min",
 * "in 50 min or later", "in 20 min or sooner", "now or later"; null: it has begun.
 */
export function formatBeginning(earliest: number | null, latest: number | null): string | null {
  if (latest !== null && latest < 1) return null
  if (latest === null)
    return earliest === null || earliest < 1 ? 'now or later' : `in ${formatSeconds(earliest)} or later`
  return earliest === null || earliest < 1
    ? `in ${formatSeconds(latest)} or sooner`
    : `in ${formatSecondsRange(earliest, latest)}`
}

/** "118,000". */
export function formatCount(count: number): string {
  // Not toLocaleString, which loads the tables of all languages: 12 ms at every start.
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** "129,000" for 129,342: an estimate has three digits at most; a lower bound takes formatCount. */
export function formatEstimate(count: number): string {
  return formatCount(Number(count.toPrecision(3)))
}

/** "420 of 420/s"; below 10 a second with one decimal, so that a slow agent does not read as 0. */
export function formatRate(deliveredPerSecond: number | null, offeredPerSecond: number | null): string {
  if (deliveredPerSecond === null && offeredPerSecond === null) return '?'
  if (offeredPerSecond === null) return `${rateNumber(deliveredPerSecond)}/s`
  return `${rateNumber(deliveredPerSecond)} of ${rateNumber(offeredPerSecond)}/s`
}

function rateNumber(rate: number | null): string {
  if (rate === null) return '?'
  if (rate > 0 && rate < 0.05) return '< 0.1'
  return rate > 0 && rate < 9.95 ? rate.toFixed(1).replace(/\.0$/, '') : formatCount(rate)
}

/** "100 %", "1.2 %"; says 0 % and 100 % only when it is exactly that. */
export function formatPercent(ratio: number): string {
  const percent = ratio * 100
  if (percent === 0 || percent === 100) return `${percent} %`
  if (percent > 0 && percent < 0.1) return '< 0.1 %'
  if (percent > 99.9 && percent < 100) return '> 99.9 %'
  return `${percent < 10 || percent > 99 ? percent.toFixed(1).replace(/\.0$/, '') : Math.round(percent)} %`
}

/** Powers of 1024, as Kubernetes limits are written: "512 MiB". */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = Math.max(0, bytes)
  let unit = 0
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  const digits = unit === 0 || value >= 10 ? 0 : 1
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${units[unit]}`
}

/** "1 agent", "3 agents"; "1 queue is", "2 queues are" is for the caller. */
export function formatNumberOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`
}

/** "02:03", or "Nov 21 02:03" when it is not within twelve hours of `near`. UTC. */
export function formatClock(at: Timestamp, near: Timestamp): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return '?'
  const clock = date.toISOString().slice(11, 16)
  return Math.abs(secondsOf(near) - secondsOf(at)) < 12 * HOUR ? clock : `${dayOf(date)} ${clock}`
}

/** "02:14:21", for instants where seconds matter. UTC. */
export function formatClockSeconds(at: Timestamp): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? '?' : date.toISOString().slice(11, 19)
}

/** "02:03 (11 min)": the time and how long ago it was. */
export function formatClockWithAge(at: Timestamp, now: Timestamp): string {
  return `${formatClock(at, now)} (${formatSeconds(secondsOf(now) - secondsOf(at))})`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function dayOf(date: Date): string {
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}`
}

/** Unix seconds; NaN when it is not a time. */
export function secondsOf(at: Timestamp): number {
  return Date.parse(at) / 1000
}

/** Any text of a time (RFC 3339, an HTTP Date) as RFC 3339 in UTC; null when it is none. */
export function readTimestamp(text: string | null | undefined): Timestamp | null {
  const date = new Date(text ?? '')
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** RFC 3339 in UTC; null when the number is no time that a date can hold. */
export function timestampOf(seconds: number): Timestamp | null {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}
