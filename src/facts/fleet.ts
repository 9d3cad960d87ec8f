/** The agents of a take and what their own evidence tells: all that `promfleet lag` needs, which loads nothing more. Pure. */
import type {FleetEvidence} from '../evidence/fleet.ts'
import type {AgentEvidence, CollectOptions, ContextEvidence} from '../evidence/types.ts'
import {secondsOf} from '../units.ts'
import {type ReadAgentOptions, readAgent, type UngroupedAgentFacts} from './agent.ts'
import type {CentralFacts} from './central/types.ts'
import {readGroups} from './groups.ts'
import type {AgentSent, Claim, CollidingClaim} from './identity/collisions.ts'
import type {ProbeFacts} from './probe/probe.ts'
import {THRESHOLDS, type Thresholds} from './thresholds.ts'
import type {AgentFacts, ContextFacts, EndpointFacts, QueueFacts} from './types.ts'

export interface FleetOptions extends Pick<ReadAgentOptions, 'receiverAt'> {
  /** Instead of the defaults of thresholds.ts. */
  thresholds?: Partial<Thresholds>
  /** The queues of each of these agents, in their order, with the rates of several looks. Left out: rates are those of the take. */
  ratesOf?: (agents: readonly UngroupedAgentFacts[]) => QueueFacts[][]
}

/** Facts without what takes a central, a probe, or all agents together to tell. */
export interface LocalFleetFacts {
  evidence: FleetEvidence
  /** In force in this run; the same at each agent and queue. */
  thresholds: Thresholds
  contexts: ContextFacts[]
  /** All contexts' agents, in the order of the contexts, then namespace and pod; one pod seen through two contexts is here once. */
  agents: AgentFacts[]
}

export interface FleetFacts extends LocalFleetFacts {
  /** Our clock at the end of the take. */
  nowSeconds: number
  options: CollectOptions
  /** Queues by the address they write to; more than one agent on one endpoint lets blame fall on the central or not. */
  endpoints: EndpointFacts[]
  /** Ways to receivers that were tried, in the order of the evidence; empty when nobody asked for it. */
  probes: ProbeFacts[]
  /** Stores that agents write to, as far as they are known. */
  centrals: CentralFacts[]
  /** What each remote_write entry writes under, as far as that is known, in the order of the agents. */
  claims: Claim[]
  /** What the labels of each agent become on the way to each of its remote_write entries. */
  sent: ReadonlyMap<AgentFacts, AgentSent>
  /** Agents that write under the identity of another, in the order of the agents. */
  collisions: CollidingClaim[]
}

/** Never throws on evidence of the right type: what cannot be read is null, with its reason beside it. */
export function readFleet(evidence: FleetEvidence, options: FleetOptions = {}): LocalFleetFacts {
  const thresholds: Thresholds = {...THRESHOLDS, ...options.thresholds}
  const {sinceSeconds} = evidence.options
  const {receiverAt, ratesOf} = options
  const nowSeconds = secondsOf(evidence.takenAt)
  const seen = evidence.contexts.flatMap(context =>
    [...context.agents].sort(byPlace).map(agent =>
      readAgent(context.name, agent, {
        sinceSeconds,
        thresholds,
        nowSeconds,
        sharesPod: sharesPod(agent, context),
        ...(receiverAt && {receiverAt}),
      }),
    ),
  )
  const best = bestViews(seen)
  const chosen = seen.filter(agent => best.get(placeOf(agent)) === agent && isSender(agent))
  const groups = readGroups(chosen)
  const queues = ratesOf?.(chosen)
  const agents = chosen.map(
    (agent, index): AgentFacts => ({
      group: groups[index] ?? {key: agent.key, kind: 'single'},
      ...agent,
      queues: queues?.[index] ?? agent.queues,
    }),
  )
  const contexts = readContexts(evidence, seen, agents)
  return {evidence, thresholds, contexts, agents}
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

/** The same for all views of one pod's container; an agent without a pod is only what it is called. */
function placeOf({key, evidence: {podUid, container}}: UngroupedAgentFacts): string {
  return podUid === '' ? `called ${key}` : `${podUid} ${container}`
}

/** One pod seen through two contexts is one agent: the view that read its metrics, or the first. */
function bestViews(seen: readonly UngroupedAgentFacts[]): Map<string, UngroupedAgentFacts> {
  const best = new Map<string, UngroupedAgentFacts>()
  for (const agent of seen) {
    const other = best.get(placeOf(agent))
    if (other === undefined || (other.metrics === null && agent.metrics !== null)) best.set(placeOf(agent), agent)
  }
  return best
}

/** A context lists what can be seen through it, though the agent may be counted under another. */
function readContexts(
  evidence: FleetEvidence,
  seen: readonly UngroupedAgentFacts[],
  agents: readonly AgentFacts[],
): ContextFacts[] {
  const numbers = new Map(agents.map((agent, index) => [placeOf(agent), index]))
  const numbersIn = new Map<string, Set<number>>()
  for (const view of seen) {
    const number = numbers.get(placeOf(view))
    const own = numbersIn.get(view.context) ?? new Set()
    numbersIn.set(view.context, number === undefined ? own : own.add(number))
  }
  return evidence.contexts.map(context => ({
    name: context.name,
    evidence: context,
    reachable: context.serverVersion.ok,
    agents: [...(numbersIn.get(context.name) ?? [])].sort((a, b) => a - b).flatMap(number => agents[number] ?? []),
  }))
}

function byPlace(a: ContextEvidence['agents'][number], b: ContextEvidence['agents'][number]): number {
  return (
    order(a.namespace, b.namespace) || order(a.pod, b.pod) || order(a.container, b.container) || order(a.name, b.name)
  )
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
