/** A finding on its way to the report: with its key, its place in the catalogue and the agents it is about. */
import type {Finding, Scope} from '../checks/check.ts'
import type {AgentFacts} from '../facts/types.ts'
import {concernsAgent, keyOf} from './scope.ts'

export interface Candidate {
  finding: Finding
  key: string
  /** Order of the catalogue: findings come from the checks in it. */
  place: number
  /** What it speaks of: its own scope, or those of the findings that it stands for. */
  scopes: Scope[]
  agents: AgentFacts[]
}

export function toCandidates(findings: readonly Finding[], agents: readonly AgentFacts[]): Candidate[] {
  return findings.map((finding, place) => ({
    finding,
    key: keyOf(finding.id, finding.scope),
    place,
    scopes: [finding.scope],
    agents: agents.filter(agent => concernsAgent(finding.scope, agent) && writesTo(agent, finding.scope.central)),
  }))
}

function writesTo(agent: AgentFacts, central: string | undefined): boolean {
  if (central === undefined) return true
  return agent.queues.some(
    ({endpoint, atCentral}) => endpoint?.address === central || atCentral?.central.name === central,
  )
}
