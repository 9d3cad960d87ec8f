/**
 * Rates of counters that rise in steps. An agent's counters rise once per scrape, and what it sends follows in batches: a stretch of
 * time that is no whole number of scrape intervals holds one step too many or too few, twice the rate or none of it. So a rate is
 * taken from a step to a step, over a whole number of intervals. Pure.
 */

/** What was counted by a moment. */
export interface CountedAt {
  atSeconds: number
  count: number
}

export interface SteadyRate {
  perSecond: number
  overSeconds: number
}

/** A stretch that differs more from a whole number of intervals says little. */
const WORST_FIT = 0.25
/** What another interval further back costs: the present is asked for. */
const COST_OF_INTERVAL = 0.08
/** However short the interval, batches are cut anew from every few scrapes: of less time, one more or less is another rate. */
const SHORTEST_SECONDS = 8
/** Beginning where nothing rose, and, worse, a moment before it did: whether that step belongs to the stretch is chance. */
const COST_OF_NO_STEP = 0.1
const COST_OF_SPLIT_STEP = 0.5

/** By default (config/config.go). Where it is longer, the gaps between earlier rises tell. */
const BATCH_SEND_DEADLINE_SECONDS = 5

/**
 * `points` oldest first, of counters that never fall; the newest is now. Null while they do not reach back an interval.
 * `quietAfterSeconds`: what did not rise for so long has stopped; until then the stretch ends where it rose last, and is longer by what
 * the next rise is overdue.
 */
export function steadyRate(
  points: readonly CountedAt[],
  intervalSeconds: number,
  quietAfterSeconds: number,
): SteadyRate | null {
  const now = points.at(-1)
  const oldest = points[0]
  if (now === undefined || oldest === undefined) return null
  const rose = points.map(({count}, index) => index > 0 && count > (points[index - 1]?.count ?? count))
  const last = rose.lastIndexOf(true)
  const end = points[last]
  if (end === undefined || now.atSeconds - end.atSeconds > quietAfterSeconds) {
    const seconds = now.atSeconds - oldest.atSeconds
    return seconds < Math.max(intervalSeconds, quietAfterSeconds) ? null : {perSecond: 0, overSeconds: seconds}
  }
  let best: {from: number; intervals: number; fit: number; cost: number} | null = null
  for (let from = last - 1; from >= 0; from -= 1) {
    const age = end.atSeconds - (points[from]?.atSeconds ?? end.atSeconds)
    const intervals = Math.max(1, Math.round(age / intervalSeconds))
    const fit = Math.abs(age / intervalSeconds - intervals) / intervals
    const isSplit = rose[from + 1] === true
    const cost = rose[from] ? 0 : isSplit ? COST_OF_SPLIT_STEP : COST_OF_NO_STEP
    const whole = fit + COST_OF_INTERVAL * intervals + cost
    if (age >= SHORTEST_SECONDS && fit <= WORST_FIT && (best === null || whole < best.cost))
      best = {from, intervals, fit, cost: whole}
  }
  if (best === null) return null
  const {from, intervals} = best
  const start = points[from] ?? end
  // What rises each time that it is looked at rises all the time: then the time is that of the clock.
  const isSmooth = rose.slice(from + 1, last + 1).every(step => step)
  const stretchSeconds = isSmooth ? end.atSeconds - start.atSeconds : intervals * intervalSeconds
  const risen = points.filter((_, index) => rose[index])
  const gaps = risen.map(({atSeconds}, index) => atSeconds - (risen[index - 1]?.atSeconds ?? atSeconds))
  const dueSeconds = Math.max(intervalSeconds + BATCH_SEND_DEADLINE_SECONDS, ...gaps)
  const overSeconds = stretchSeconds + Math.max(0, now.atSeconds - end.atSeconds - dueSeconds)
  return {perSecond: (end.count - start.count) / overSeconds, overSeconds}
}
