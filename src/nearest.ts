/** "Did you mean": known names that a misspelt one may have meant. Pure. */
import {distance} from 'fastest-levenshtein'

const mostShown = 3

/**
 * Those of `known` that differ least from the given name, by at most a third of its letters, else those that contain it; up to three,
 * all equally near.
 */
export function nearestNames(given: string, known: Iterable<string>): string[] {
  const wanted = given.toLowerCase()
  const most = Math.max(1, Math.floor(wanted.length / 3))
  const near: {name: string; steps: number}[] = []
  for (const name of known) {
    const candidate = name.toLowerCase()
    // Two names differ by at least the difference of their lengths: most of 10,000 contexts are left out that way.
    const steps = Math.abs(candidate.length - wanted.length) > most ? most + 1 : distance(wanted, candidate)
    if (steps <= most || (wanted.length >= 3 && candidate.includes(wanted))) near.push({name, steps})
  }
  near.sort((a, b) => a.steps - b.steps || a.name.localeCompare(b.name, 'en'))
  return near
    .filter(({steps}) => steps === near[0]?.steps)
    .slice(0, mostShown)
    .map(({name}) => name)
}

/** The nearest one, or null when none is near. */
export function nearest(given: string, known: Iterable<string>): string | null {
  return nearestNames(given, known)[0] ?? null
}

/** All of them, the likest first; of equally like ones in the order of the alphabet. */
export function nearestFirst(given: string, known: readonly string[]): string[] {
  const wanted = given.toLowerCase()
  return known
    .map(name => ({name, steps: distance(wanted, name.toLowerCase())}))
    .sort((a, b) => a.steps - b.steps || a.name.localeCompare(b.name, 'en'))
    .map(({name}) => name)
}
