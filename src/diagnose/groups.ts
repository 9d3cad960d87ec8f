/** Agents that stand for one another or share the work: replicas send the same data, shards and DaemonSet pods do not. */

import {bestState, worstState} from './rank.ts'
import type {GroupReport, State} from './report.ts'
import type {AgentDecision} from './state.ts'

/** In the order of the agents; one group per workload, of one member for most. */
export function reportGroups(decisions: readonly AgentDecision[]): GroupReport[] {
  const members = new Map<string, AgentDecision[]>()
  for (const decision of decisions) {
    const {key} = decision.agent.group
    members.set(key, [...(members.get(key) ?? []), decision])
  }
  return [...members].map(([name, group]) => {
    const states = group.map(({state}) => state)
    const replicas = group.length > 1 && group.every(({agent}) => agent.group.kind === 'replicas')
    return {
      name,
      members: group.map(({agent}) => agent.key),
      state: replicas ? bestState(states) : worstState(states),
      redundancy: replicas ? redundancyOf(states) : 'none',
    }
  })
}

function redundancyOf(states: readonly State[]): GroupReport['redundancy'] {
  return states.every(state => state === 'delivering') ? 'full' : 'lost'
}
