/** "Did you mean": the known name closest to what was typed. */
import {distance} from 'fastest-levenshtein'

/** The nearest of `names`, or null when none is near enough to be a slip of the keyboard (a third of its letters). */
export function nearest(typed: string, names: Iterable<string>): string | null {
  let best: string | null = null
  let bestDistance = Number.POSITIVE_INFINITY
  for (const name of names) {
    const steps = distance(typed.toLowerCase(), name.toLowerCase())
    if (steps < bestDistance) {
      best = name
      bestDistance = steps
    }
  }
  return best !== null && bestDistance <= Math.max(1, Math.ceil(Math.max(typed.length, best.length) / 3)) ? best : null
}
