/** A shard or a DaemonSet pod may have nothing to scrape while its siblings have: that is how targets were dealt, not a fault. */
import type {AgentFacts} from '../facts/types.ts'

export function isIdleByDesign(agent: AgentFacts, fleet: readonly AgentFacts[]): boolean {
  return hasNoTargets(agent) && fleet.some(other => isOtherSlice(agent, other) && hasTargets(other))
}

/** Another slice of the same targets; replicas of one shard have the same slice, and say nothing for each other. */
function isOtherSlice(agent: AgentFacts, other: AgentFacts): boolean {
  if (other === agent || other.context !== agent.context || other.namespace !== agent.namespace) return false
  if (agent.group.kind === 'shards' && other.group.key === agent.group.key) return true
  return other.name === agent.name && agent.evidence.shard !== null && other.evidence.shard !== agent.evidence.shard
}

function hasNoTargets(agent: AgentFacts): boolean {
  return agent.targets !== null && agent.targets.active === 0
}

function hasTargets(agent: AgentFacts): boolean {
  return agent.targets !== null && agent.targets.active > 0
}
