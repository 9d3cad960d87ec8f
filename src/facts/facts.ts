/** From evidence to facts, once per run; pure. */
import type {AgentEvidence, ContextEvidence, FleetEvidence} from '../evidence/types.ts'
import {secondsOf} from '../units.ts'
import {readAgent, type UngroupedAgentFacts} from './agent.ts'
import {readGroups} from './groups.ts'
import {isLocalhost} from './remote-write-url.ts'
import type {AgentFacts, ContextFacts, EndpointFacts, FleetFacts} from './types.ts'

/** Never throws on evidence of the right type: what cannot be read is null, with its reason beside it. */
export function readFacts(evidence: FleetEvidence): FleetFacts {
  const {sinceSeconds} = evidence.options
  const seen = evidence.contexts.flatMap(context =>
    [...context.agents]
      .sort(byPlace)
      .map(agent => readAgent(context.name, agent, {sinceSeconds, sharesPod: sharesPod(agent, context)})),
  )
  const chosen = seen.filter(agent => bestViewOf(agent, seen) === agent && isSender(agent))
  const groups = readGroups(chosen)
  const agents = chosen.map((agent, index): AgentFacts => {
    return {...agent, group: groups[index] ?? {key: agent.key, kind: 'single'}}
  })
  return {
    evidence,
    nowSeconds: secondsOf(evidence.takenAt),
    options: evidence.options,
    contexts: evidence.contexts.map(context => readContext(context, seen, agents)),
    agents,
    endpoints: readEndpoints(agents),
  }
}

function sharesPod(agent: AgentEvidence, {agents}: ContextEvidence): boolean {
  const isBeside = (other: AgentEvidence) => other.namespace === agent.namespace && other.pod === agent.pod
  return agent.pod !== '' && agents.some(other => isBeside(other) && other.container !== agent.container)
}

/** A server that writes to nobody is no part of the fleet: the central itself, looked at because servers were asked for. */
function isSender({signs, queues, config, metrics}: UngroupedAgentFacts): boolean {
  const isServer = signs.length > 0 && signs.every(sign => sign === 'server')
  if (!isServer || metrics === null) return true
  return queues.length > 0 || (config?.remoteWrites.length ?? 0) > 0
}

/** One pod seen through two contexts is one agent: the view that read its metrics, or the first. */
function bestViewOf(agent: UngroupedAgentFacts, seen: readonly UngroupedAgentFacts[]): UngroupedAgentFacts {
  const views = seen.filter(other => isSamePod(other, agent))
  return views.find(({metrics}) => metrics !== null) ?? views[0] ?? agent
}

function isSamePod(a: UngroupedAgentFacts, b: UngroupedAgentFacts): boolean {
  return (
    a === b ||
    (a.evidence.podUid !== '' &&
      a.evidence.podUid === b.evidence.podUid &&
      a.evidence.container === b.evidence.container)
  )
}

/** A context lists what can be seen through it, though the agent may be counted under another. */
function readContext(
  evidence: ContextEvidence,
  seen: readonly UngroupedAgentFacts[],
  agents: readonly AgentFacts[],
): ContextFacts {
  const own = seen.filter(({context}) => context === evidence.name)
  return {
    name: evidence.name,
    evidence,
    reachable: evidence.serverVersion.ok,
    agents: agents.filter(agent => own.some(other => isSamePod(other, agent) || other.key === agent.key)),
  }
}

/** In order of first appearance; queues whose URL cannot be read are in none. What is on localhost is each agent's own. */
function readEndpoints(agents: readonly AgentFacts[]): EndpointFacts[] {
  const endpoints = new Map<string, EndpointFacts>()
  for (const agent of agents) {
    for (const queue of agent.queues) {
      if (!queue.endpoint) continue
      const {address, host} = queue.endpoint
      const place = isLocalhost(host) ? `${agent.key} ${address}` : address
      const endpoint = endpoints.get(place) ?? {address, queues: []}
      endpoint.queues.push({agent, queue})
      endpoints.set(place, endpoint)
    }
  }
  return [...endpoints.values()]
}

function byPlace(a: ContextEvidence['agents'][number], b: ContextEvidence['agents'][number]): number {
  return (
    order(a.namespace, b.namespace) || order(a.pod, b.pod) || order(a.container, b.container) || order(a.name, b.name)
  )
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
