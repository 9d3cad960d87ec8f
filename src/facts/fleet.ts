/** The agents of a take and what their own evidence tells: all that `promfleet lag` needs, which loads nothing more. Pure. */
import type {AgentEvidence, ContextEvidence, FleetEvidence} from '../evidence/types.ts'
import {secondsOf} from '../units.ts'
import {type ReadAgentOptions, readAgent, type UngroupedAgentFacts} from './agent.ts'
import {readGroups} from './groups.ts'
import {THRESHOLDS, type Thresholds} from './thresholds.ts'
import type {AgentFacts, ContextFacts, FleetFacts} from './types.ts'

export interface FleetOptions extends Pick<ReadAgentOptions, 'receiverAt'> {
  /** Instead of the defaults of thresholds.ts. */
  thresholds?: Partial<Thresholds>
}

/** Facts without what takes a central, a probe, or all agents together to tell. */
export type LocalFleetFacts = Pick<FleetFacts, 'evidence' | 'thresholds' | 'contexts' | 'agents'>

/** Never throws on evidence of the right type: what cannot be read is null, with its reason beside it. */
export function readFleet(evidence: FleetEvidence, options: FleetOptions = {}): LocalFleetFacts {
  const thresholds: Thresholds = {...THRESHOLDS, ...options.thresholds}
  const {sinceSeconds} = evidence.options
  const {receiverAt} = options
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
  const agents = chosen.map(
    (agent, index): AgentFacts => ({group: groups[index] ?? {key: agent.key, kind: 'single'}, ...agent}),
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
