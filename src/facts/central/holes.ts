/** Gaps of the last day in what a store holds of an identity. Pure. */
import type {CentralDay} from '../../evidence/central.ts'
import {timestampOf} from '../../units.ts'
import type {Hole} from './types.ts'

/** Longer than `longerThanSeconds` for sure, oldest first. What is missing before the first sample or after the last is no gap. */
export function holesOf({stretches, stepSeconds}: CentralDay, longerThanSeconds: number): Hole[] {
  return stretches.slice(1).flatMap(([next], index) => {
    const last = stretches[index]?.[1]
    const from = last === undefined ? null : timestampOf(last)
    const to = timestampOf(next)
    // The first sample after a pause is known to one step: it may have come up to that much earlier.
    if (last === undefined || from === null || to === null || next - last - stepSeconds <= longerThanSeconds) return []
    return [{from, to, seconds: next - last, toWithinSeconds: stepSeconds}]
  })
}
