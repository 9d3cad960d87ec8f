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

interface TruncationRange {
  /** Index of the tick that takes what the reader needs; null when none of them does. */
  earliest: number | null
  /** Null when the earliest is, or when it cannot be said that any of them does. */
  latest: number | null
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

/** Starts to try: a few years of segments take a tenth of a second, and a made-up segment number must not take for ever. */
const MOST_TRIED = 5000

/**
 * The smallest and the largest result over every L within its bounds, each with the newest segment empty and as full as it
 * can be and the rate ± 10 %. The corners are not enough: c > L makes the rule jump, so that an L between two others can lose before or after both.
 */
export function losingTicks(
  known: {
    lowest: {least: number; most: number}
    active: number
    read: number
    filledMost: number
    segmentsPerSecond: number
  },
  ticks: {earliest: readonly number[]; latest: readonly number[]},
): TruncationRange {
  let earliest: number | null = null
  let latest: number | null = null
  let isCertain = true
  const {least, most} = known.lowest
  if (most - least > MOST_TRIED) return {earliest: 0, latest: null}
  for (let lowest = least; lowest <= most; lowest++) {
    for (const filled of [0, known.filledMost]) {
      for (const factor of [0.9, 1, 1.1]) {
        const start = {...known, lowest, filled, segmentsPerSecond: known.segmentsPerSecond * factor}
        const soonest = firstLosingTick(start, ticks.earliest)
        if (soonest !== null) earliest = Math.min(earliest ?? soonest, soonest)
        const last = firstLosingTick(start, ticks.latest)
        if (last === null) isCertain = false
        else latest = Math.max(latest ?? last, last)
      }
    }
  }
  return {earliest, latest: isCertain ? latest : null}
}
