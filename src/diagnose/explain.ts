/** Folds consequences under their causes. A reason seen for one queue is never borrowed for another: scopes decide. */
import type {Candidate} from './candidate.ts'
import {covers} from './scope.ts'

/** For each explained finding the cause at the end of its chain, which nothing explains itself. */
export function findCauses(candidates: readonly Candidate[]): Map<Candidate, Candidate> {
  const causes = new Map<Candidate, Candidate>()
  for (const candidate of candidates) {
    const [cause] = rootsOf(candidate, candidates, new Set([candidate])).sort((a, b) => a.place - b.place)
    if (cause) causes.set(candidate, cause)
  }
  // Checks that explain one another in a circle must not all vanish under each other: the first in the catalogue stands.
  for (const [candidate, cause] of [...causes].reverse()) {
    if (causes.has(candidate)) causes.delete(cause)
  }
  return causes
}

/** Empty when nothing explains it. `seen` ends a circle of checks that explain one another. */
function rootsOf(candidate: Candidate, all: readonly Candidate[], seen: ReadonlySet<Candidate>): Candidate[] {
  return all
    .filter(other => !seen.has(other) && explains(other, candidate))
    .flatMap(other => {
      const roots = rootsOf(other, all, new Set([...seen, other]))
      return roots.length > 0 ? roots : [other]
    })
}

function explains(cause: Candidate, consequence: Candidate): boolean {
  if (cause.finding.status !== 'found') return false
  if (!(cause.finding.explains ?? []).some(id => matchesId(id, consequence.finding.id))) return false
  return consequence.scopes.every(scope => cause.scopes.some(own => covers(own, scope)))
}

/** "config/*" stands for a whole subject. */
export function matchesId(pattern: string, id: string): boolean {
  return pattern.endsWith('/*') ? id.startsWith(pattern.slice(0, -1)) : pattern === id
}
