import type {Permission} from '../../evidence/types.ts'
import type {FleetFacts} from '../../facts/fleet.ts'
import {TELLING} from '../../facts/refused/context.ts'
import {ADMINISTRATOR, grantCommand} from '../../facts/refused/grant.ts'
import {namespacesInWords, permissionsInWords} from '../../facts/refused/permissions-in-words.ts'
import {
  groupByPermission,
  needsOf,
  type Refusal,
  refusalsOf,
  refusedUser,
  samePermission,
} from '../../facts/refused/refusals.ts'
import type {ContextFacts} from '../../facts/types.ts'
import {formatNumberOf} from '../../units.ts'
import type {CheckResult, Draft, EvidenceLine, RemedyStep} from '../check.ts'
import {defineCheck} from '../check.ts'
import {missing} from '../missing.ts'
import {agentScope, contextScope} from '../scope.ts'
import {agentWords, excerpt, listInWords} from '../words.ts'

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
namespaces agents elsewhere stay unseen (that alone is info). What only adds to that (events, volume claims,
PrometheusAgent resources) is info too while one of these is missing; the one grant that is shown covers all.

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
    const groups = groupByPermission(refusals)
      .map(group => ({refusals: group, place: placeInOrder(context, group)}))
      .sort((a, b) => a.place - b.place)
    const wanted = groups.map(group => group.refusals).filter(group => !isElsewhereOnly(context, group))
    const isBlind = wanted.some(isTelling)
    for (const group of groups) {
      const isOptional = isBlind && !isTelling(group.refusals)
      const granted = isElsewhereOnly(context, group.refusals) ? [group.refusals] : wanted
      result.findings.push(describe(context, group.refusals, {isOptional, granted}))
    }
  }
  return result
}

/** What nothing can be judged without comes first, and last what may be meant to stay closed. */
function placeInOrder(context: ContextFacts, refusals: readonly Refusal[]): number {
  if (isElsewhereOnly(context, refusals)) return TELLING.length + 1
  return Math.min(...refusals.map(({what}) => (TELLING.includes(what) ? TELLING.indexOf(what) : TELLING.length)))
}

function isTelling(refusals: readonly Refusal[]): boolean {
  return refusals.some(({what}) => TELLING.includes(what))
}

/** Pods may not be listed in all namespaces, and in some they may: the others may be meant to stay closed. */
function isElsewhereOnly(context: ContextFacts, refusals: readonly Refusal[]): boolean {
  const unlisted = refusals.flatMap(({namespace}) => namespace ?? [])
  return unlisted.length > 0 && unlisted.every(name => name === '*') && listedSomewhere(context)
}

interface GroupOptions {
  /** It would only add to what other rights show, which are missing too. */
  isOptional: boolean
  /** What its remedy grants: all that is missing, at once. */
  granted: readonly Refusal[][]
}

function describe(context: ContextFacts, refusals: Refusal[], {isOptional, granted}: GroupOptions): Draft {
  const [first] = refusals
  const needs = needsOf(refusals)
  const agents = [...new Set(refusals.flatMap(refusal => refusal.agent ?? []))]
  const [onlyAgent] = agents
  const things = [...new Set(refusals.map(refusal => refusal.what))]
  const unlisted = refusals.flatMap(({namespace}) => namespace ?? [])
  const elsewhereOnly = isElsewhereOnly(context, refusals)
  const whose =
    agents.length === 0
      ? context.name
      : agents.length === 1 && onlyAgent
        ? agentWords(onlyAgent)
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
    severity: elsewhereOnly || isOptional ? 'info' : 'warning',
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
    remedy: grantSteps(granted.map(needsOf), refusedUser(granted.flat())),
  }
}

/** `groups`: of each the alternatives. */
function grantSteps(groups: readonly Permission[][][], user: string | null): RemedyStep[] {
  const wanted = groups.flatMap(asGranted)
  const rules = wanted.length === 0 ? 'the role that promfleet needs' : roleRules(wanted).join(' ')
  const byHand = wanted.some(({resource}) => resource === PROXY)
    ? `, in which ${PROXY} stands as a comment: take its # away`
    : ''
  return [
    {
      text: `ask the owner of the cluster to grant ${rules}${byHand}; with a context that may do so in place of ${ADMINISTRATOR}`,
      command: grantCommand(groups.flat(), user),
      changes: true,
    },
  ]
}

const PROXY = 'pods/proxy'

/** Of alternatives the one that the printed role holds: a port-forward, which the proxy may stand in for. */
function asGranted(needs: readonly Permission[][]): Permission[] {
  return needs.find(together => together.every(({resource}) => resource !== PROXY)) ?? needs[0] ?? []
}

/** As they stand in the rules of a Role. */
function roleRules(permissions: readonly Permission[]): string[] {
  const verbsOf = new Map<string, Set<string>>()
  for (const {verb, group, resource} of permissions) {
    const what = `apiGroups: ["${group}"], resources: ["${resource}"]`
    verbsOf.set(what, (verbsOf.get(what) ?? new Set()).add(verb))
  }
  return [...verbsOf].map(([what, verbs]) => `{${what}, verbs: [${[...verbs].map(verb => `"${verb}"`).join(', ')}]}`)
}

function listedSomewhere(context: ContextFacts): boolean {
  return context.evidence.podLists.some(list => list.pods.ok)
}

function namespacesListed(context: ContextFacts): string {
  return namespacesInWords(context.evidence.podLists.filter(list => list.pods.ok).map(list => list.namespace))
}
