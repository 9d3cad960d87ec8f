/**
 * Plays the WAL's truncation forward. Agents (truncate in tsdb/agent/db.go) and servers (truncateWAL in tsdb/head.go) follow one
 * rule at every tick, whatever was sent: list segments L..A, cut a new one, and with c = L + floor((A - 1 - L) * 2 / 3), if
 * c > L, delete L..c. The reader keeps its segment R open and loses only if R < c: then file R + 1 is gone.
 */

interface TruncationStart {
  /** `L`, `A`, `R`: oldest, newest and the reader's segment. */
  lowest: number
  active: number
  read: number
  /** How full the newest segment is, from 0 to just below 1. */
  filled: number
  segmentsPerSecond: number
}

/** The coming ticks as they may be: each no sooner than `earliest`, and its files gone no later than `latest`; seconds from now. */
export interface TickTimes {
  earliest: readonly number[]
  latest: readonly number[]
}

interface TruncationRange {
  /** Seconds from now until the tick that takes what the reader needs; null when none of them does. */
  earliestSeconds: number | null
  /** Null when the earliest is, or when it cannot be said that any of them does. */
  latestSeconds: number | null
}

/** Ascending seconds from now; index of the first tick at which the reader loses, null when none of them is. */
export function firstLosingTick(start: TruncationStart, ticks: readonly number[]): number | null {
  let {lowest, active, filled} = start
  let previous = 0
  for (const [index, tick] of ticks.entries()) {
    filled += start.segmentsPerSecond * (tick - previous)
    previous = tick
    active += Math.floor(filled)
    const cut = lowest + Math.floor(((active - 1 - lowest) * 2) / 3)
    active += 1
    filled = 0
    if (cut <= lowest) continue
    if (start.read < cut) return index
    lowest = cut + 1
  }
  return null
}

/** As good as a whole segment, without being one. */
export const FULL = 1 - 1e-9

/** The pace of the WAL is a mean since the start: now it may be so many times as much. */
export const RATE_LEAST = 0.9
export const RATE_MOST = 1.1

/** Starts to try: a few years of segments take a tenth of a second, and a made-up segment number must not take for ever. */
const MOST_TRIED = 5000

/**
 * The smallest and the largest result over every L within its bounds, each with the newest segment empty, half full and as full as
 * it can be, the rate ± 10 %, and every tick early and late, since a later tick meets a longer WAL. Corners are not enough: c > L
 * makes the rule jump, so that an L between two others can lose before or after both. `possible`: sets of ticks, where it is not
 * known which one runs.
 */
export function losingTicks(
  known: {
    lowest: {least: number; most: number}
    active: number
    read: number
    filledMost: number
    segmentsPerSecond: number
  },
  possible: readonly TickTimes[],
): TruncationRange {
  const {least, most} = known.lowest
  if (most - least > MOST_TRIED)
    return {earliestSeconds: Math.min(...possible.flatMap(({earliest}) => earliest[0] ?? [])), latestSeconds: null}
  let earliestSeconds = Number.POSITIVE_INFINITY
  let latestSeconds = 0
  for (const start of startsOf(known)) {
    for (const times of possible) {
      for (const ticks of [times.earliest, times.latest]) {
        const index = firstLosingTick(start, ticks)
        earliestSeconds = Math.min(earliestSeconds, times.earliest[index ?? -1] ?? Number.POSITIVE_INFINITY)
        latestSeconds = Math.max(latestSeconds, times.latest[index ?? -1] ?? Number.POSITIVE_INFINITY)
      }
    }
  }
  return {earliestSeconds: finiteOrNull(earliestSeconds), latestSeconds: finiteOrNull(latestSeconds)}
}

function* startsOf({filledMost, ...known}: Parameters<typeof losingTicks>[0]): Generator<TruncationStart> {
  for (let lowest = known.lowest.least; lowest <= known.lowest.most; lowest++) {
    for (const filled of [0, filledMost / 2, filledMost]) {
      for (const factor of [RATE_LEAST, 1, RATE_MOST])
        yield {...known, lowest, filled, segmentsPerSecond: known.segmentsPerSecond * factor}
    }
  }
}

function finiteOrNull(seconds: number): number | null {
  return Number.isFinite(seconds) ? seconds : null
}
