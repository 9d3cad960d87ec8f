/**
 * What several agents see at one address is the central's: one finding, not one for each. The checks themselves compare an agent
 * with its neighbours and set whom to blame; this only joins what is shared.
 */
import type {EvidenceLine, Finding, Severity} from '../checks/check.ts'
import type {AgentFacts, EndpointFacts} from '../facts/types.ts'
import {formatNumberOf} from '../units.ts'
import type {Candidate} from './candidate.ts'
import {concernsQueue, keyOf} from './scope.ts'

/** One finding about the central in place of those that at least two agents, and at least half of those writing there, have. */
export function joinAtCentral(candidates: readonly Candidate[], endpoints: readonly EndpointFacts[]): Candidate[] {
  const joined = new Map<Candidate, Candidate | null>() // null: stands no longer for itself
  for (const endpoint of endpoints) {
    const here = candidates.filter(candidate => isOnTheWay(candidate.finding) && writesTo(candidate, endpoint))
    for (const id of new Set(here.map(({finding}) => finding.id))) {
      const members = here.filter(({finding}) => finding.id === id)
      const agents = distinctAgents(members)
      const writers = new Set(endpoint.queues.map(({agent}) => agent))
      if (agents.length < 2 || agents.length * 2 < writers.size) continue
      members.forEach((member, index) => {
        joined.set(member, index === 0 ? asCentral(members, agents, endpoint.address, writers.size) : null)
      })
    }
  }
  return candidates.flatMap(candidate => {
    const replacement = joined.get(candidate)
    return replacement === undefined ? [candidate] : replacement === null ? [] : [replacement]
  })
}

/** A cause between the agent and what it writes to; and a clash of agents there, which is one thing that several have a part in. */
function isOnTheWay({id, status, scope, blame}: Finding): boolean {
  if (status !== 'found' || scope.queue === undefined) return false
  return id.startsWith('receiver/') || isClash(id) || blame === 'network'
}

function isClash(id: string): boolean {
  return id === 'labels/collision'
}

function writesTo({finding, agents}: Candidate, endpoint: EndpointFacts): boolean {
  return endpoint.queues.some(({agent, queue}) => agents.includes(agent) && concernsQueue(finding.scope, agent, queue))
}

function distinctAgents(members: readonly Candidate[]): AgentFacts[] {
  return [...new Set(members.flatMap(({agents}) => agents))]
}

/** Lines of a single agent's finding that the joined one says itself, or that hold for that agent only. */
const ofOneAgent = ['others', 'loss begins', 'restart cost']

function asCentral(
  members: readonly Candidate[],
  agents: AgentFacts[],
  address: string,
  writers: number,
): Candidate | null {
  const [first] = members
  if (!first) return null
  const findings = members.map(({finding}) => finding)
  const since = findings.flatMap(finding => finding.since ?? []).sort()[0]
  const seen: EvidenceLine = {
    what: 'seen by',
    value: `${agents.length} of ${formatNumberOf(writers, 'agent')} that write there: ${namesOf(agents)}; what follows is of the first`,
    source: 'metrics and logs',
  }
  const scope = {central: address}
  const finding: Finding = {
    ...first.finding,
    scope,
    severity: gravest(findings.map(({severity}) => severity)),
    ...(isClash(first.finding.id) ? {} : {blame: 'central', title: titleForAll(first, agents)}),
    evidence: [
      ...(isClash(first.finding.id) ? [] : [seen]),
      ...first.finding.evidence.filter(({what}) => !ofOneAgent.includes(what)),
    ],
    ...(since !== undefined && {since}),
  }
  const scopes = members.flatMap(member => member.scopes)
  return {finding, key: keyOf(finding.id, scope), place: first.place, scopes, agents}
}

/** What checks say that an agent does. */
const VERB_OF_ONE = /agents (send|write|deliver|get|trust)s\b/

function titleForAll({finding, agents: [agent]}: Candidate, agents: readonly AgentFacts[]): string {
  const all = formatNumberOf(agents.length, 'agent')
  const own = agent ? nameOf(agent) : ''
  if (own === '' || !finding.title.includes(own)) return `${finding.title} (${all})`
  const title = finding.title.replace(own, all)
  return title.replace(VERB_OF_ONE, (whole, verb: string) =>
    title.includes(`${all} ${verb}s`) ? `agents ${verb}` : whole,
  )
}

function gravest(severities: readonly Severity[]): Severity {
  return (['error', 'warning'] as const).find(severity => severities.includes(severity)) ?? 'info'
}

function namesOf(agents: readonly AgentFacts[]): string {
  const names = agents.slice(0, 4).map(nameOf).join(', ')
  return agents.length > 4 ? `${names} and ${agents.length - 4} more` : names
}

function nameOf(agent: AgentFacts): string {
  const place = agent.pod === '' ? agent.name : agent.pod
  return `${agent.context} ${agent.namespace}/${place}${agent.container === null ? '' : `/${agent.container}`}`
}
