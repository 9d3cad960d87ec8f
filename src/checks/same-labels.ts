/** Agents whose series cannot be told apart: each writes under the very external labels of the other. */
import type {FleetFacts} from '../facts/fleet.ts'
import type {AgentFacts} from '../facts/types.ts'
import type {EvidenceLine, RemedyStep} from './check.ts'
import {agentWords, listInWords} from './words.ts'

/** Shards and DaemonSet pods share labels and no target, so they are not meant; nor are agents whose configuration was not read. */
function agentsWithSameLabels({agents}: FleetFacts, agent: AgentFacts): AgentFacts[] {
  const own = labelsOf(agent)
  if (own === null) return []
  return agents.filter(other => other !== agent && labelsOf(other) === own && !shareTargetsOut(agent, other))
}

export function sameLabelsLines(facts: FleetFacts, agent: AgentFacts): EvidenceLine[] {
  const labels = labelsOf(agent)
  return agentsWithSameLabels(facts, agent)
    .slice(0, 3)
    .map(other => ({
      what: 'same labels',
      value: `${agentWords(other)} has the same external labels: ${labels ?? ''}`,
      source: 'configuration',
    }))
}

/** The pair where it was seen in this run, else `otherwise`, which says what to look for. */
export function tellApart(facts: FleetFacts, agent: AgentFacts, otherwise: string): RemedyStep {
  const others = agentsWithSameLabels(facts, agent)
  if (others.length === 0) return {text: otherwise, changes: false}
  const all = listInWords([agent, ...others.slice(0, 3)].map(agentWords))
  return {
    text: `give ${all} labels of their own in external_labels: cluster for two clusters, a replica label for HA pairs (the reload discards what a queue holds)`,
    changes: true,
  }
}

function labelsOf({externalLabels}: AgentFacts): string | null {
  if (externalLabels === null) return null
  const pairs = Object.entries(externalLabels).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`
}

function shareTargetsOut(agent: AgentFacts, other: AgentFacts): boolean {
  return agent.group.key === other.group.key && agent.group.kind === 'shards'
}
