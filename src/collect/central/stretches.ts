/** From the newest times that each step of a range query shows, to stretches of time without a pause. Pure. */
import type {CentralDay} from '../../evidence/central.ts'

/** A store with more pauses than these in a day is not read one by one. */
const MOST_STRETCHES = 300

/** `times` in any order, as a query gives them; what is no number is left out. */
export function stretchesOf(
  times: readonly number[],
  stepSeconds: number,
): Pick<CentralDay, 'stretches' | 'truncated'> {
  const stretches: [number, number][] = []
  for (const time of times.filter(Number.isFinite).sort((a, b) => a - b)) {
    const last = stretches.at(-1)
    if (last !== undefined && time - last[1] <= 2 * stepSeconds) last[1] = time
    else stretches.push([time, time])
  }
  return {stretches: stretches.slice(-MOST_STRETCHES), truncated: stretches.length > MOST_STRETCHES}
}
