import type {FleetFacts} from '../../facts/fleet.ts'
import type {AgentFacts, ContextFacts} from '../../facts/types.ts'
import {formatNumberOf} from '../../units.ts'
import type {EvidenceLine, Expectations, ExpectedAgent, RemedyStep, Scope} from '../check.ts'
import {defineCheck} from '../check.ts'
import {gather, type Judgement} from '../judge.ts'
import {kubectl} from '../kubectl.ts'
import {missing, missingPiece} from '../missing.ts'
import {agentScope} from '../scope.ts'
import {agentWords, listInWords} from '../words.ts'

/** How many agents are named before the rest is counted. */
const NAMED = 3

export default defineCheck({
  id: 'workload/expected-missing',
  title: 'every agent that the fleet file expects is there',
  severity: 'error',
  explains: ['access/no-agents'],
  needs: ['api-server', 'pods', 'agent-resources', 'config'],
  evaluate: (facts, {expected = null}) => gather((expected?.agents ?? []).map(entry => judge(entry, facts, expected))),
  documentation: `
The fleet file (\`promfleet.yaml\`) lists under \`expected\` which agents there should be: by context, namespace and name, by external
labels, or by both. One of them was not found, or none that sends those labels.

**Why it matters.** An agent that was deleted, scaled to zero or never installed reports nothing: no lag, no failure, no log. Its cluster
is missing at the central, and a look at the agents that are there says that all is well.

**When it judges.** Only contexts that were looked at and could be read, and not with \`-n\`, \`-l\` or \`--agent\` where those leave out what is
expected. An entry without a context needs all contexts of the fleet file. An agent whose pod does not run is there:
workload/not-running speaks of it.

**What to do.** Look for the workload that should make it: a Deployment of 0 replicas, a Helm release that was removed, a PrometheusAgent
in another namespace. Was it retired on purpose? Then take it out of the fleet file.

**What not to do.** Do not take an agent out of the fleet file to get the check to pass while it should be there.
`,
})

/** Of an entry without a name the labels stand for it: they are what people call it. */
function scopeOf({context, namespace, agent, labels}: ExpectedAgent): Scope {
  const name = [agent ?? '', labelsInWords(labels)].filter(part => part !== '').join(' ')
  return {
    ...(context !== null && {context}),
    ...(namespace !== null && {namespace}),
    ...(name !== '' && {agent: name}),
  }
}

function judge(entry: ExpectedAgent, facts: FleetFacts, expected: Expectations | null): [Scope, Judgement] {
  const scope = scopeOf(entry)
  if (isLeftOut(entry, facts, expected)) return [scope, 'does-not-apply']
  const contexts = facts.contexts.filter(({name}) => entry.context === null || entry.context === name)
  const there = contexts.flatMap(({agents}) => agents).filter(agent => isPlacedAt(entry, agent))
  const isUnlabelled = Object.keys(entry.labels).length === 0
  if (there.some(agent => isUnlabelled || hasLabels(agent, entry.labels))) return [scope, 'holds']
  const unread = there.find(({externalLabels}) => externalLabels === null)
  if (unread !== undefined)
    return [scope, {unknown: `${agentWords(unread)}: ${missingPiece('its configuration', unread.evidence.config)}`}]
  const gap = contexts.map(context => unlisted(context, entry)).find(reason => reason !== null)
  if (gap !== undefined && gap !== null) return [scope, {unknown: gap}]
  const server = contexts.flatMap(context => serverAt(context, entry))[0]
  if (server !== undefined) return [scope, {unknown: `${server} is a Prometheus server: --include-servers looks at it`}]
  const [first, second] = there
  const isPlaced = entry.context !== null || entry.agent !== null
  if (first === undefined || !isPlaced) return [scope, notThere(entry, contexts)]
  // Of one agent it is a remark on that agent; of several nobody can tell which was meant.
  return [second === undefined ? agentScope(first) : scope, otherIdentity(entry, there)]
}

/** By flags, or because nobody looked where it may be. */
function isLeftOut({context, namespace}: ExpectedAgent, facts: FleetFacts, expected: Expectations | null): boolean {
  const {options} = facts
  if (options.agents.length > 0 || options.selector !== null) return true
  if (options.namespace !== null && options.namespace !== namespace) return true
  if (context === null) return expected?.isWholeFleet !== true
  return !facts.contexts.some(({name}) => name === context)
}

/** By the names that --agent takes. */
function isPlacedAt({namespace, agent: name}: ExpectedAgent, agent: AgentFacts): boolean {
  if (namespace !== null && namespace !== agent.namespace) return false
  return name === null || [agent.pod, agent.name, agent.evidence.workload?.name].includes(name)
}

function hasLabels({externalLabels}: AgentFacts, labels: ExpectedAgent['labels']): boolean {
  return Object.entries(labels).every(([name, value]) => externalLabels?.[name] === value)
}

/** Why an agent could be there unseen; null when it could not. */
function unlisted({name, evidence}: ContextFacts, {namespace}: ExpectedAgent): string | null {
  const {serverVersion, podLists} = evidence
  const failed = podLists.flatMap(({pods}) => (pods.ok ? [] : [pods]))[0]
  const covers = podLists.some(list => list.pods.ok && (list.namespace === '*' || list.namespace === namespace))
  if (covers) return null
  if (failed) return `${name}: ${missing('its pods', failed)}`
  if (!serverVersion.ok) return `${name}: ${missing('its API server', serverVersion)}`
  return `${name}: ${namespace === null ? 'not all of its namespaces' : `namespace ${namespace}`} could be listed`
}

/** "cluster2 monitoring/prometheus-0": a server of that name is seen, and what it sends is not known. */
function serverAt({name, evidence}: ContextFacts, {namespace, agent}: ExpectedAgent): string[] {
  return evidence.servers
    .filter(server => namespace === null || server.namespace === namespace)
    .filter(({pod}) => agent !== null && (pod === agent || pod.startsWith(`${agent}-`)))
    .map(server => `${name} ${server.namespace}/${server.pod}`)
}

function notThere(entry: ExpectedAgent, contexts: readonly ContextFacts[]): Judgement {
  const seen = contexts.flatMap(({agents}) => agents)
  return {
    severity: 'error',
    blame: 'cluster',
    title: `${inWords(entry)} is expected and is not there`,
    evidence: [
      {what: 'expected', value: inWords(entry), source: 'fleet file'},
      {what: 'agents there', value: namesOf(seen), source: 'pod images and arguments'},
    ],
    why: 'An agent that is gone reports nothing: no lag, no failure, no log. What it should scrape and send is missing.',
    remedy: [...lookFor(entry), retired()],
  }
}

/** Data arrives, and under a name at which nobody looks for it. */
function otherIdentity(entry: ExpectedAgent, there: readonly AgentFacts[]): Judgement {
  const [first] = there
  const names = Object.keys(entry.labels)
  const sent = there.map(agent => {
    const own = Object.fromEntries(names.map(name => [name, agent.externalLabels?.[name] ?? '']))
    return `${agentWords(agent)} sends ${labelsInWords(own)}`
  })
  const lines: EvidenceLine[] = sent
    .slice(0, NAMED)
    .map(value => ({what: 'sent', value, source: 'running configuration, external_labels'}))
  return {
    severity: 'error',
    blame: 'config',
    title: `${inWords(entry)} is expected, and ${there.length === 1 && first ? `${agentWords(first)} sends other labels` : `none of ${formatNumberOf(there.length, 'agent')} there sends these labels`}`,
    evidence: [{what: 'expected', value: inWords(entry), source: 'fleet file'}, ...lines],
    why: 'At the central nothing is found under the expected labels, whether or not the agent delivers.',
    remedy: [
      {
        text: 'compare external_labels with the fleet file, and mend the one that is wrong; an edit of external_labels rebuilds the queues, so not while the agent is behind',
        changes: true,
      },
      retired(),
    ],
  }
}

function lookFor({context, namespace}: ExpectedAgent): RemedyStep[] {
  if (context === null)
    return [{text: 'find out in which cluster it should run, and what should make it there', changes: false}]
  const where = namespace === null ? ['--all-namespaces'] : []
  return [
    {
      text: 'look for what should make it: scaled to 0, removed, or in another namespace',
      command: kubectl(context, namespace, 'get', 'deployments,statefulsets,daemonsets', ...where),
      changes: false,
    },
  ]
}

function retired(): RemedyStep {
  return {text: 'if it was retired on purpose, take it out of the fleet file', changes: false}
}

/** `cluster2 monitoring/agent with cluster="cluster2"`, `an agent in cluster3`. */
function inWords({context, namespace, agent, labels}: ExpectedAgent): string {
  const words = labelsInWords(labels)
  const identity = words === '' ? '' : ` with ${words}`
  const place = [context, namespace].filter(part => part !== null)
  if (agent === null) return `an agent${place.length === 0 ? '' : ` in ${place.join(' ')}`}${identity}`
  return `${context === null ? '' : `${context} `}${namespace === null ? '' : `${namespace}/`}${agent}${identity}`
}

function labelsInWords(labels: ExpectedAgent['labels']): string {
  return Object.entries(labels)
    .map(([name, value]) => (value === '' ? `no ${name}` : `${name}=${JSON.stringify(value)}`))
    .join(', ')
}

function namesOf(agents: readonly AgentFacts[]): string {
  if (agents.length === 0) return 'none'
  const names = agents.slice(0, NAMED).map(agentWords)
  const more = agents.length - names.length
  return more > 0 ? `${names.join(', ')} and ${more} more` : listInWords(names)
}
