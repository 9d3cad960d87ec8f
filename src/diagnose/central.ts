/**
 * What several agents see at one address is the central's: one finding, not one for each. The checks themselves compare an agent
 * with its neighbours and set whom to blame; this only joins what is shared.
 */
import type {EvidenceLine, Finding, Scope, Severity} from '../checks/check.ts'
import {placeOfHost} from '../facts/config/remote-write-url.ts'
import type {AgentFacts, EndpointFacts} from '../facts/types.ts'
import {agentWords} from '../facts/words.ts'
import {formatNumberOf} from '../units.ts'
import type {Candidate} from './candidate.ts'
import {distinctAgents, fromHereOf, namesOf, pastOf, soonestLossOf, whatTheyExplain} from './joined.ts'
import {concernsQueue, keyOf} from './scope.ts'

/** One finding about the central in place of those that at least two agents, and at least half of those writing there, have. */
export function joinAtCentral(candidates: readonly Candidate[], endpoints: readonly EndpointFacts[]): Candidate[] {
  const joined = new Map<Candidate, Candidate | null>() // null: stands no longer for itself
  const hosts = hostsOf(endpoints)
  for (const place of [
    ...endpoints.map((endpoint): Place => ({...endpoint, addresses: [endpoint.address]})),
    ...hosts,
  ]) {
    const isHost = hosts.includes(place)
    const here = candidates.filter(
      ({finding, agents}) => isOnTheWay(finding) && isOfHost(finding) === isHost && writesTo({finding, agents}, place),
    )
    for (const id of new Set(here.map(({finding}) => finding.id))) {
      const members = here.filter(({finding}) => finding.id === id)
      const agents = distinctAgents(members)
      const writers = writersOf(place)
      const [only] = members
      // Its only writer has nobody to share with: then it speaks for the whole of the place.
      if (isHost && writers.size === 1 && only !== undefined)
        joined.set(only, {...only, scopes: [...only.scopes, ...scopesOf(place)]})
      if (agents.length < 2 || agents.length * 2 < writers.size) continue
      members.forEach((member, index) => {
        joined.set(member, index === 0 ? asCentral(members, agents, place) : null)
      })
    }
  }
  const all = candidates.flatMap(candidate => {
    const replacement = joined.get(candidate)
    return replacement === undefined ? [candidate] : replacement === null ? [] : [replacement]
  })
  return hosts.reduce(joinOutage, all)
}

/** What agents write to, and the queues that do. */
interface Place extends EndpointFacts {
  /** `address` first. */
  addresses: string[]
}

/** That no connection comes about is about the host and its port, whatever the paths behind. */
const NO_CONNECTION: readonly string[] = ['receiver/refused', 'receiver/unreachable']

function isOfHost({id}: Finding): boolean {
  return NO_CONNECTION.includes(id)
}

/** Endpoints of one host and port, under the address that most queues write to. */
function hostsOf(endpoints: readonly EndpointFacts[]): Place[] {
  const hosts = new Map<string, EndpointFacts[]>()
  for (const endpoint of endpoints) {
    hosts.set(endpoint.server, [...(hosts.get(endpoint.server) ?? []), endpoint])
  }
  return [...hosts.values()].flatMap(own => {
    const sorted = [...own].sort((a, b) => b.queues.length - a.queues.length)
    const [first] = sorted
    if (first === undefined) return []
    return [
      {
        ...first,
        addresses: sorted.map(({address}) => address),
        queues: sorted.flatMap(({queues}) => queues),
      },
    ]
  })
}

function scopesOf({addresses}: Place): Scope[] {
  return addresses.map(central => ({central}))
}

function writersOf({queues}: EndpointFacts): Set<AgentFacts> {
  return new Set(queues.map(({agent}) => agent))
}

/**
 * A host that nobody gets a connection to refuses some and leaves others without an answer, by where they are and when they tried: one
 * outage. What most of its writers have seen leads, where it is all of them that are cut off.
 */
function joinOutage(candidates: readonly Candidate[], place: Place): Candidate[] {
  const dead = candidates.filter(
    ({finding, agents}) => finding.status === 'found' && isOfHost(finding) && writesTo({finding, agents}, place),
  )
  const agents = distinctAgents(dead)
  const isAll = agents.length === writersOf(place).size && agents.length > 1
  if (!isAll || new Set(dead.map(({finding}) => finding.id)).size < 2) return [...candidates]
  const [leader, ...others] = [...dead].sort((a, b) => b.agents.length - a.agents.length || a.place - b.place)
  if (leader === undefined) return [...candidates]
  const ids = new Set(others.map(({finding}) => finding.id))
  const also = [...ids].map((id): EvidenceLine => {
    const own = distinctAgents(others.filter(({finding}) => finding.id === id))
    return {
      what: 'also',
      value: `${id} of ${namesOf(own)}: nobody who writes there gets a connection`,
      source: 'metrics and logs',
    }
  })
  const whole: Candidate = {
    ...leader,
    finding: {
      ...leader.finding,
      explains: [...whatTheyExplain([leader, ...others]), ...NO_CONNECTION.filter(id => id !== leader.finding.id)],
      evidence: [...leader.finding.evidence, ...fromHereOf(leader, others), ...also],
    },
    scopes: [...leader.scopes, ...others.flatMap(({scopes}) => scopes), ...scopesOf(place)],
  }
  return candidates.map(candidate => (candidate === leader ? whole : candidate))
}

/** A cause between the agent and what it writes to; and a clash of agents there, which is one thing that several have a part in. */
function isOnTheWay({id, status, scope, blame}: Finding): boolean {
  if (status !== 'found' || scope.queue === undefined) return false
  return id.startsWith('receiver/') || isClash(id) || blame === 'network'
}

function isClash(id: string): boolean {
  return id === 'labels/collision'
}

function writesTo({finding, agents}: Pick<Candidate, 'finding' | 'agents'>, endpoint: EndpointFacts): boolean {
  return endpoint.queues.some(({agent, queue}) => agents.includes(agent) && concernsQueue(finding.scope, agent, queue))
}

/** Lines of a single agent's finding that the joined one says itself, or that hold for that agent only. */
const ofOneAgent = ['others', 'loss begins', 'restart cost']

function asCentral(members: readonly Candidate[], agents: AgentFacts[], place: Place): Candidate | null {
  const [first] = members
  if (!first) return null
  const findings = members.map(({finding}) => finding)
  const since = findings.flatMap(finding => finding.since ?? []).sort()[0]
  const seen: EvidenceLine = {
    what: 'seen by',
    value: `${agents.length} of ${formatNumberOf(writersOf(place).size, 'agent')} that write there${place.addresses.length > 1 ? `, under ${formatNumberOf(place.addresses.length, 'path')}` : ''}: ${namesOf(agents)}; what follows is of the first`,
    source: 'metrics and logs',
  }
  const scope = {...contextOf(place), central: place.address}
  const finding: Finding = {
    ...first.finding,
    scope,
    severity: gravest(findings.map(({severity}) => severity)),
    ...(isClash(first.finding.id) ? {} : {blame: 'central', title: titleForAll(first, agents)}),
    explains: whatTheyExplain(members),
    evidence: [
      ...(isClash(first.finding.id) ? [] : [seen]),
      ...first.finding.evidence.filter(({what}) => !ofOneAgent.includes(what)),
      ...soonestLossOf(members),
      ...fromHereOf(first, members),
      ...pastOf(members.slice(1)),
    ],
    ...(since !== undefined && {since}),
  }
  const scopes = [...members.flatMap(member => member.scopes), ...scopesOf(place)]
  return {finding, key: keyOf(finding.id, scope), place: first.place, scopes, agents}
}

/** A name that only one cluster's DNS knows can be an address of another one's as well. */
function contextOf({queues: [first]}: Place): Scope {
  const isOfCluster = placeOfHost(first?.queue.endpoint?.host ?? '') === 'cluster'
  return first !== undefined && isOfCluster ? {context: first.agent.context} : {}
}

/** What checks say that an agent does. */
const VERB_OF_ONE = /agents (send|write|deliver|get|trust)s\b/

function titleForAll({finding, agents: [agent]}: Candidate, agents: readonly AgentFacts[]): string {
  const all = formatNumberOf(agents.length, 'agent')
  const own = agent ? agentWords(agent) : ''
  if (own === '' || !finding.title.includes(own)) return `${finding.title} (${all})`
  const title = finding.title.replace(own, all)
  return title.replace(VERB_OF_ONE, (whole, verb: string) =>
    title.includes(`${all} ${verb}s`) ? `agents ${verb}` : whole,
  )
}

function gravest(severities: readonly Severity[]): Severity {
  return (['error', 'warning'] as const).find(severity => severities.includes(severity)) ?? 'info'
}
