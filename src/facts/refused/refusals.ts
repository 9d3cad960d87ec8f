/** What of a context the API server refused to show (403), by its evidence. Pure. */
import type {Collected, Failure, Permission} from '../../evidence/types.ts'
import type {AgentFacts, ContextFacts} from '../types.ts'

/** One thing that could not be read, for want of a permission. */
export interface Refusal {
  what: string
  /** Of a pod list, which has one failure for each namespace. */
  namespace?: string
  agent: AgentFacts | null
  failure: Failure
}

export function refusalsOf(context: ContextFacts): Refusal[] {
  const evidence = context.evidence
  const refusals: Refusal[] = []
  const note = (what: string, piece: Collected<unknown>, agent: AgentFacts | null = null) => {
    if (!piece.ok && piece.reason === 'forbidden') refusals.push({what, agent, failure: piece})
  }
  for (const {namespace, pods} of evidence.podLists)
    if (!pods.ok && pods.reason === 'forbidden') refusals.push({what: 'pods', namespace, agent: null, failure: pods})
  note('PrometheusAgent resources', evidence.agentResources)
  for (const agent of context.agents) {
    const own = agent.evidence
    for (const scrape of own.scrapes) note('metrics', scrape, agent)
    note('readiness', own.ready, agent)
    note('configuration', own.config, agent)
    note('flags', own.flags, agent)
    note('targets', own.targets, agent)
    note('log', own.log, agent)
    note('log of the previous run', own.previousLog, agent)
    note('events', own.events, agent)
    note('volume claims', own.claims, agent)
  }
  return refusals
}

/** The same permission in whichever namespaces: a role that lacks it lacks it everywhere, and one grant fixes all. */
export function groupByPermission(refusals: Refusal[]): Refusal[][] {
  const groups = new Map<string, Refusal[]>()
  for (const refusal of refusals) {
    const {needs, detail} = refusal.failure
    const key = needs.length > 0 ? JSON.stringify(needs.map(together => together.map(withoutNamespace))) : detail
    groups.set(key, [...(groups.get(key) ?? []), refusal])
  }
  return [...groups.values()]
}

function withoutNamespace({verb, group, resource}: Permission): string {
  return `${verb} ${group}/${resource}`
}

/** The alternatives of all refusals of a group, each with the namespaces of all. */
export function needsOf(refusals: readonly Refusal[]): Permission[][] {
  const [first] = refusals
  return (first?.failure.needs ?? []).map((_, index) => {
    const all = refusals.flatMap(({failure}) => failure.needs[index] ?? [])
    return all.filter((permission, at) => all.findIndex(other => samePermission(other, permission)) === at)
  })
}

export function samePermission(a: Permission, b: Permission): boolean {
  return a.verb === b.verb && a.group === b.group && a.resource === b.resource && a.namespace === b.namespace
}

/** As the API server names whom it refuses: `pods is forbidden: User "viewer" cannot list resource ...`. */
export function refusedUser(refusals: readonly Pick<Refusal, 'failure'>[]): string | null {
  for (const {failure} of refusals) {
    const user = /\bUser "([^"]+)" cannot /.exec(failure.detail)?.[1]
    if (user !== undefined) return user
  }
  return null
}
