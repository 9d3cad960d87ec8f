/**
 * Which agents stand for each other. Replicas scrape the same targets, so the best of them answers for all; shards and DaemonSet
 * pods each have a slice, so the worst counts. A pair is taken for replicas only where something says so, because agents that
 * merely collide would hide each other's loss.
 */
import {hashShardOf} from './slices.ts'
import type {AgentFacts} from './types.ts'

type Member = Pick<
  AgentFacts,
  'context' | 'namespace' | 'container' | 'name' | 'externalLabels' | 'evidence' | 'config'
>

/** Names under which the operator, Mimir and Thanos keep replicas apart. */
export const REPLICA_LABELS = ['prometheus_replica', '__replica__', 'replica', 'receive_replica']

/** One entry per agent, in the same order. */
export function readGroups(agents: readonly Member[]): AgentFacts['group'][] {
  const families = groupBy(agents, familyOf)
  return agents.map(agent => {
    const key = familyOf(agent)
    const family = families.get(key) ?? [agent]
    if (isSlice(agent)) return {key, kind: 'shards'}
    const shards = new Set(family.map(({evidence}) => evidence.shard ?? 0))
    if (shards.size > 1) {
      const sameShard = family.filter(({evidence}) => (evidence.shard ?? 0) === (agent.evidence.shard ?? 0))
      if (sameShard.length < 2) return {key, kind: 'shards'}
      return {key: `${key}/shard-${agent.evidence.shard ?? 0}`, kind: 'replicas'}
    }
    return {key, kind: family.length > 1 ? 'replicas' : 'single'}
  })
}

/** The same workload or resource; else the same labels but for one that names the replica, in one namespace. */
function familyOf(agent: Member): string {
  const place = `${agent.context}/${agent.namespace}`
  const labels = Object.entries(agent.externalLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  const identity = labels.filter(([name]) => !REPLICA_LABELS.includes(name))
  const isMarkedReplica = identity.length > 0 && identity.length < labels.length
  // The operator's own label says which resource; a hand-made pair of workloads has none.
  const isHandMade = !labels.some(([name]) => name === 'prometheus') && !agent.evidence.signs.includes('resource')
  const isSharded = agent.evidence.shard !== null || isSlice(agent)
  if (isMarkedReplica && isHandMade && !isSharded)
    return `${place}/${identity.map(([name, value]) => `${name}=${value}`).join(',')}`
  // Agents side by side in one pod are agents of their own.
  return `${place}/${agent.name}${agent.container === null ? '' : `/${agent.container}`}`
}

/** Each node's own targets, or targets dealt out by hash where no shard number says so. */
function isSlice({evidence: {workload, shard}, config}: Member): boolean {
  if (workload?.kind === 'DaemonSet') return true
  return shard === null && config !== null && hashShardOf(config) !== null
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const members = groups.get(key)
    if (members) members.push(item)
    else groups.set(key, [item])
  }
  return groups
}
