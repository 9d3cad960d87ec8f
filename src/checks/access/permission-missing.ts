import type {Collected, Failure, Permission} from '../../evidence/types.ts'
import type {AgentFacts, ContextFacts, FleetFacts} from '../../facts/types.ts'
import {shellWord} from '../../shell-word.ts'
import {formatNumberOf} from '../../units.ts'
import type {CheckResult, Draft, EvidenceLine, RemedyStep} from '../check.ts'
import {defineCheck} from '../check.ts'
import {kubectl} from '../kubectl.ts'
import {missing, namespacesInWords, permissionsInWords} from '../missing.ts'
import {agentScope, contextScope} from '../scope.ts'
import {excerpt, listInWords, placeOf} from '../words.ts'

/** One thing that could not be read, for want of a permission. */
interface Refusal {
  what: string
  /** Of a pod list, which has one failure for each namespace. */
  namespace?: string
  agent: AgentFacts | null
  failure: Failure
}

export default defineCheck({
  id: 'access/permission-missing',
  title: 'everything a diagnosis needs may be read',
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
the cluster: it is bound to the user whom the answer names, and whoever applies it must be an administrator. Since Kubernetes 1.35 a port-forward needs \`create\` as well as \`get\` on \`pods/portforward\`.

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
    for (const group of groupByPermission(refusals)) result.findings.push(describe(context, group))
  }
  return result
}

function refusalsOf(context: ContextFacts): Refusal[] {
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
function groupByPermission(refusals: Refusal[]): Refusal[][] {
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
function needsOf(refusals: readonly Refusal[]): Permission[][] {
  const [first] = refusals
  return (first?.failure.needs ?? []).map((_, index) => {
    const all = refusals.flatMap(({failure}) => failure.needs[index] ?? [])
    return all.filter((permission, at) => all.findIndex(other => samePermission(other, permission)) === at)
  })
}

function describe(context: ContextFacts, refusals: Refusal[]): Draft {
  const [first] = refusals
  const needs = needsOf(refusals)
  const agents = [...new Set(refusals.flatMap(refusal => refusal.agent ?? []))]
  const [onlyAgent] = agents
  const things = [...new Set(refusals.map(refusal => refusal.what))]
  const unlisted = refusals.flatMap(({namespace}) => namespace ?? [])
  const elsewhereOnly = unlisted.length > 0 && unlisted.every(name => name === '*') && listedSomewhere(context)
  const whose =
    agents.length === 0
      ? context.name
      : agents.length === 1 && onlyAgent
        ? `${context.name} ${onlyAgent.namespace}/${placeOf(onlyAgent)}`
        : `${formatNumberOf(agents.length, 'agent')} in ${context.name}`
  const evidence: EvidenceLine[] = []
  if (needs.length > 0) evidence.push({what: 'needs', value: permissionsInWords(needs), source: 'Kubernetes API'})
  if (first) evidence.push({what: 'answer', value: excerpt(first.failure.detail), source: 'API server'})
  for (const isAllowed of [true, false]) {
    const reviewed = context.evidence.accessReviews
      .filter(
        ({allowed, permission}) => allowed === isAllowed && needs.flat().some(own => samePermission(own, permission)),
      )
      .map(({permission}) => permission)
    if (reviewed.length > 0)
      evidence.push({
        what: isAllowed ? 'allowed' : 'not allowed',
        value: permissionsInWords([reviewed]),
        source: 'SelfSubjectAccessReview',
      })
  }
  return {
    scope: agents.length === 1 && onlyAgent ? agentScope(onlyAgent) : contextScope(context),
    severity: elsewhereOnly ? 'info' : 'warning',
    blame: 'access',
    title: elsewhereOnly
      ? `only ${namespacesListed(context)} of ${context.name} was searched: pods may not be listed in all namespaces`
      : unlisted.length > 0
        ? `pods in ${namespacesInWords(unlisted.map(name => (name === '*' ? null : name)))} of ${context.name} may not be listed`
        : `no permission to read ${listInWords(things)} of ${whose}`,
    evidence,
    why: elsewhereOnly
      ? 'Agents in other namespaces are not seen. If that is intended, pass -n.'
      : unlisted.length > 0
        ? 'Agents there are not seen, so nothing is known about them.'
        : 'What could not be read is reported as unknown, never as healthy.',
    remedy: grantSteps(needs, refusedUser(refusals)),
  }
}

/** In place of a context's name in commands: the user who was refused may not grant it to himself. */
const ADMINISTRATOR = 'ADMIN_CONTEXT'

/** As the API server names whom it refuses: `pods is forbidden: User "viewer" cannot list resource ...`. */
function refusedUser(refusals: readonly Refusal[]): string | null {
  for (const {failure} of refusals) {
    const user = /\bUser "([^"]+)" cannot /.exec(failure.detail)?.[1]
    if (user !== undefined) return user
  }
  return null
}

/** For `promfleet rbac`; nobody binds a role to those who are not logged in. */
function subjectOf(user: string | null): string {
  if (user === null || user === 'system:anonymous') return '--user USER'
  const account = /^system:serviceaccount:([^:]+:[^:]+)$/.exec(user)?.[1]
  return account === undefined ? `--user ${shellWord(user)}` : `--service-account ${shellWord(account)}`
}

function grantSteps(needs: Permission[][], user: string | null): RemedyStep[] {
  const namespaces = [...new Set(needs.flat().map(({namespace}) => namespace))]
  const isClusterWide = namespaces.length === 0 || namespaces.includes(null)
  const rbac = `promfleet rbac ${subjectOf(user)}${isClusterWide ? '' : ` -n ${namespaces.join(',')}`}`
  const [shortest] = [...needs].sort((a, b) => a.length - b.length)
  const rules = [...new Set((shortest ?? []).map(roleRule))]
  return [
    {
      text: `ask the owner of the cluster to grant ${rules.length === 0 ? 'the role that promfleet needs' : rules.join(' ')}; with a context that may do so in place of ${ADMINISTRATOR}`,
      command: `${rbac} | ${kubectl(ADMINISTRATOR, null, 'apply', '-f', '-')}`,
      changes: true,
    },
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
  return namespacesInWords(context.evidence.podLists.filter(list => list.pods.ok).map(list => list.namespace))
}
