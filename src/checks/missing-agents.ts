/** Agents that are expected and not there, for reports that hold no findings. Pure. */
import type {FleetFacts} from '../facts/fleet.ts'
import type {Expectations} from './check.ts'
import expectedMissing from './workload/expected-missing.ts'

/** A sentence for each, without a period; `expected` null: nobody says which there should be. What cannot be told (an agent's labels where only its log was read) is not missed. */
export function missingAgents(facts: FleetFacts, expected: Expectations | null): string[] {
  if (expected === null) return []
  return expectedMissing.evaluate(facts, {identityLabels: [], expected}).findings.map(({title}) => title)
}
