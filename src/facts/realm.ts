/** Where a host name means the same for two agents. Pure. */
import {isLocalhost, placeOfHost} from './config/remote-write-url.ts'
import type {AgentFacts} from './types.ts'

/** In which cluster an agent is, so that two contexts of one cluster are told from two clusters. */
export type ClusterOf = (agent: AgentFacts) => string

/**
 * Equal for two agents that reach the same server by this host: localhost is another one in each pod, a name of a cluster's own DNS in
 * each cluster, and one word in each of its namespaces. '': the same for all.
 */
export function realmOf(host: string, agent: AgentFacts, clusterOf: ClusterOf): string {
  if (isLocalhost(host)) return agent.key
  if (placeOfHost(host) !== 'cluster') return ''
  return host.includes('.') ? clusterOf(agent) : `${clusterOf(agent)} ${agent.namespace}`
}
