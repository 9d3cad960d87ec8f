import type {Collected, Failure, Permission} from '../../evidence/types.ts'
import type {AgentFacts, ContextFacts, FleetFacts} from '../../facts/types.ts'
import {formatNumberOf} from '../../units.ts'
import type {CheckResult, Draft, EvidenceLine, RemedyStep} from '../check.ts'
import {defineCheck} from '../check.ts'
import {kubectl} from '../kubectl.ts'
import {missing, permissionsInWords} from '../missing.ts'
import {agentScope, contextScope} from '../scope.ts'
import {excerpt, listInWords, placeOf} from '../words.ts'

/** One thing that could not be read, for want of a permission. */
interface Refusal {
  what: string
  agent: AgentFacts | null
  failure: Failure
}

export default defineCheck({
  id: 'access/permission-missing',
  title: 'everything that tells how an agent fares may be read',
  severity: 'warning',
  explains: ['access/no-agents'],
  needs: [
    ...(['pods', 'agent-resources', 'previous-log', 'events', 'claims', 'ready', 'metrics'] as const),
    ...(['config', 'flags', 'targets', 'log'] as const),
  ],
  evaluate: evaluatePermissions,
  documentation: `
The API server answered 403 to a request that promfleet needs. The finding names verb, resource and namespace and the rule that
would allow it; what could not be read is unknown in the rest of the report, never taken for healthy. Where the API server lets
you ask (SelfSubjectAccessReview), its answer stands beside it.

A way around counts: when the tunnel (\`pods/portforward\`) is refused and the proxy (\`pods/proxy\`) works, nothing is missing
and nothing is reported.

**Why it matters.** Without metrics there is no verdict. Without logs the verdict lacks its reason. Without pod lists in all
namespaces agents elsewhere stay unseen (that alone is info).

**What to do.** \`promfleet rbac\` prints the least role as YAML, with a comment on each rule: read it, give it to whoever owns
the cluster. Since Kubernetes 1.35 a port-forward needs \`create\` as well as \`get\` on \`pods/portforward\`.

**What not to do.** Do not hand out cluster-admin for this: promfleet reads no secrets and changes nothing.
`,
})

function evaluatePermissions(facts: FleetFacts): CheckResult {
  const result: CheckResult = {findings: [], unknown: [], judged: 0}
  for (const context of facts.contexts) {
    const {serverVersion} = context.evidence
    const refusals = refusalsOf(context)
    if (refusals.length === 0 && !serverVersion.ok) {
      result.unknown.push({scope: contextScope(context), reason: missing('its API server', serverVersion)})
      continue
    }
    result.judged += 1
    for (const group of groupByNeeds(refusals)) result.findings.push(describe(context, group))
  }
  return result
}

function refusalsOf(context: ContextFacts): Refusal[] {
  const evidence = context.evidence
  const refusals: Refusal[] = []
  const note = (what: string, piece: Collected<unknown>, agent: AgentFacts | null = null) => {
    if (!piece.ok && piece.reason === 'forbidden') refusals.push({what, agent, failure: piece})
  }
  for (const list of evidence.podLists)
    note(list.namespace === '*' ? 'pods of all namespaces' : `pods of namespace ${list.namespace}`, list.pods)
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

function groupByNeeds(refusals: Refusal[]): Refusal[][] {
  const groups = new Map<string, Refusal[]>()
  for (const refusal of refusals) {
    const {needs, detail} = refusal.failure
    const key = needs.length > 0 ? JSON.stringify(needs) : detail
    groups.set(key, [...(groups.get(key) ?? []), refusal])
  }
  return [...groups.values()]
}

function describe(context: ContextFacts, refusals: Refusal[]): Draft {
  const [first] = refusals
  const needs = first?.failure.needs ?? []
  const agents = [...new Set(refusals.flatMap(refusal => refusal.agent ?? []))]
  const [onlyAgent] = agents
  const things = [...new Set(refusals.map(refusal => refusal.what))]
  const elsewhereOnly = things.length === 1 && things[0] === 'pods of all namespaces' && listedSomewhere(context)
  const whose =
    agents.length === 0
      ? context.name
      : agents.length === 1 && onlyAgent
        ? `${context.name} ${onlyAgent.namespace}/${placeOf(onlyAgent)}`
        : `${formatNumberOf(agents.length, 'agent')} in ${context.name}`
  const evidence: EvidenceLine[] = []
  if (needs.length > 0) evidence.push({what: 'needs', value: permissionsInWords(needs), source: 'Kubernetes API'})
  if (first) evidence.push({what: 'answer', value: excerpt(first.failure.detail), source: 'API server'})
  for (const {permission, allowed} of context.evidence.accessReviews)
    if (needs.flat().some(needed => samePermission(needed, permission)))
      evidence.push({
        what: allowed ? 'allowed' : 'not allowed',
        value: permissionsInWords([[permission]]),
        source: 'SelfSubjectAccessReview',
      })
  return {
    scope: agents.length === 1 && onlyAgent ? agentScope(onlyAgent) : contextScope(context),
    severity: elsewhereOnly ? 'info' : 'warning',
    blame: 'access',
    title: elsewhereOnly
      ? `only ${namespacesListed(context)} of ${context.name} was looked at: pods may not be listed in all namespaces`
      : `${listInWords(things)} of ${whose} may not be read`,
    evidence,
    why: elsewhereOnly
      ? 'Agents in other namespaces stay unseen. Give -n when that is meant.'
      : 'What could not be read is unknown in this report; nothing wrong seen there does not mean that nothing is wrong.',
    remedy: grantSteps(context.name, needs),
  }
}

function grantSteps(context: string, needs: Permission[][]): RemedyStep[] {
  const namespace = needs.flat().find(permission => permission.namespace !== null)?.namespace ?? null
  const rbac = namespace === null ? 'promfleet rbac' : `promfleet rbac -n ${namespace}`
  const [shortest] = [...needs].sort((a, b) => a.length - b.length)
  const rule = shortest ? `the rule to add: ${shortest.map(roleRule).join(' ')}` : 'grant the role that promfleet needs'
  return [
    {text: rule, command: `${rbac} | ${kubectl(context, null, 'apply', '-f', '-')}`, changes: true},
    {text: 'it changes who may do what in the cluster: ask whoever owns it', changes: false},
  ]
}

/** As it stands in the rules of a Role. */
function roleRule({verb, group, resource}: Permission): string {
  return `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}`
}

function samePermission(a: Permission, b: Permission): boolean {
  return a.verb === b.verb && a.group === b.group && a.resource === b.resource && a.namespace === b.namespace
}

function listedSomewhere(context: ContextFacts): boolean {
  return context.evidence.podLists.some(list => list.pods.ok)
}

function namespacesListed(context: ContextFacts): string {
  const names = context.evidence.podLists.filter(list => list.pods.ok).map(list => list.namespace)
  return `namespace${names.length === 1 ? '' : 's'} ${listInWords(names)}`
}
