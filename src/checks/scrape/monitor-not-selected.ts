import type {FleetFacts} from '../../facts/fleet.ts'
import {type Monitor, selectorInWords, type Taker, takersOf, whyNotTaken} from '../../facts/monitors.ts'
import type {AgentFacts, ContextFacts} from '../../facts/types.ts'
import {formatNumberOf} from '../../units.ts'
import {defineCheck, type EvidenceLine, type Scope} from '../check.ts'
import {gather, type Judgement} from '../judge.ts'
import {kubectl} from '../kubectl.ts'
import {missing} from '../missing.ts'
import {agentScope, contextScope} from '../scope.ts'
import {excerpt, listInWords} from '../words.ts'

export default defineCheck({
  id: 'scrape/monitor-not-selected',
  title: 'every monitor of a cluster is taken by an agent and yields targets',
  severity: 'warning',
  explains: ['scrape/no-targets'],
  needs: ['agent-resources', 'monitors', 'config', 'targets'],
  evaluate: facts => gather(facts.contexts.map(context => [scopeOf(context, facts), judge(context)])),
  documentation: `
ServiceMonitors, PodMonitors and Probes are compared with the selectors of every PrometheusAgent and Prometheus of the cluster: for
labels, an absent selector takes none and an empty one all; for namespaces, an absent one means its own namespace. A monitor that none
of them takes is a warning.

Of those that an agent takes, the ones of which it has no active target are info (\`/api/v1/targets\`): a control plane that the provider
runs is the usual, harmless case.

Looked at where there is a PrometheusAgent, and only with the whole cluster in view: with \`-n\` or \`--agent\` nobody could tell that no
other agent takes it. Where the labels of namespaces may not be read, a selector by them is taken to hold.

**Why it matters.** Nothing fails: no target, no error, no log line. What the monitor was written for is just not there.

**What to do.** Give the monitor the label that the selector wants. With kube-prometheus-stack that is \`release: <helm release>\`, unless
\`serviceMonitorSelectorNilUsesHelmValues: false\` is set. For one that is taken and yields nothing: compare its \`selector\`,
\`namespaceSelector\` and port name with the Service.

**What not to do.** Do not restart the agent or the operator: selectors are looked at all the time.
`,
})

/** The one agent that there is, so that what it lacks folds under this; else the cluster. */
function scopeOf(context: ContextFacts, facts: FleetFacts): Scope {
  const {agentResources} = context.evidence
  const own = facts.agents.filter(agent => agent.context === context.name)
  const [only] = own
  if (only === undefined || own.length > 1 || !agentResources.ok || agentResources.value.length > 1)
    return contextScope(context)
  return agentScope(only)
}

const MOST_NAMED = 5

function judge({evidence, agents}: ContextFacts): Judgement {
  const {monitors, agentResources, name: context} = evidence
  if (monitors === undefined || !agentResources.ok) return 'does-not-apply'
  if (!monitors.ok) return {unknown: missing('its monitors', monitors)}
  const takers = takersOf(agentResources.value, monitors.value)
  if (takers.length === 0) return 'does-not-apply'
  const refusals = (monitor: Monitor) =>
    takers.map(taker => ({taker, why: whyNotTaken(monitor, taker, monitors.value.namespaces)}))
  const untaken = monitors.value.monitors.filter(monitor => refusals(monitor).every(({why}) => why !== null))
  const idle = monitors.value.monitors.filter(monitor => {
    const by = refusals(monitor).filter(({why}) => why === null)
    return by.length > 0 && by.every(({taker}) => yieldsNothing(monitor, taker, agents))
  })
  const [first] = untaken.length > 0 ? untaken : idle
  if (first === undefined) return 'holds'
  const isUntaken = untaken.length > 0
  const found = isUntaken ? untaken : idle
  return {
    severity: isUntaken ? 'warning' : 'info',
    blame: 'config',
    title: isUntaken
      ? `${formatNumberOf(found.length, 'monitor')} of ${context} ${found.length === 1 ? 'is' : 'are'} taken by no agent: ${namesOf(found)}`
      : `${formatNumberOf(found.length, 'monitor')} of ${context} ${found.length === 1 ? 'yields' : 'yield'} no target: ${namesOf(found)}`,
    evidence: found
      .slice(0, MOST_NAMED)
      .flatMap(monitor => (isUntaken ? whyUntaken(monitor, refusals(monitor)) : whyIdle(monitor))),
    why: isUntaken
      ? 'What it was written for is scraped by nobody, and nothing says so.'
      : 'An agent takes it, and discovery finds nothing that it selects.',
    remedy: [
      {
        text: isUntaken
          ? 'give the monitor the labels that a selector wants, or widen the selector'
          : 'compare its selector, namespaceSelector and port name with the Services or pods that it is meant for',
        changes: isUntaken,
      },
      {
        text: 'see it, with its labels',
        command: kubectl(context, first.namespace, 'get', `${first.kind.toLowerCase()}s`, first.name, '-o', 'yaml'),
        changes: false,
      },
    ],
  }
}

function namesOf(monitors: readonly Monitor[]): string {
  const names = monitors.slice(0, 3).map(({kind, namespace, name}) => `${kind} ${namespace}/${name}`)
  return monitors.length > 3 ? `${names.join(', ')} …` : listInWords(names)
}

function whyUntaken(
  monitor: Monitor,
  refusals: readonly {taker: Taker; why: ReturnType<typeof whyNotTaken>}[],
): EvidenceLine[] {
  // An agent's reason before a server's, and of two the one that comes nearer to taking it.
  const order = ['labels', 'namespace', 'selects none of its kind']
  const nearest = [...refusals].sort(
    (a, b) =>
      Number(a.taker.kind === 'Prometheus') - Number(b.taker.kind === 'Prometheus') ||
      order.indexOf(a.why ?? '') - order.indexOf(b.why ?? ''),
  )[0]
  if (nearest === undefined) return []
  const {taker, why} = nearest
  const selector = taker.selectors.find(({kind}) => kind === monitor.kind)
  const whose = `${taker.kind} ${taker.namespace}/${taker.name}`
  const wanted = why === 'namespace' ? selector?.namespaces : selector?.labels
  const words =
    why === 'labels' && wanted
      ? `${whose} wants ${selectorInWords(wanted)}; it has ${inWords(monitor.labels)}`
      : why === 'namespace'
        ? `${whose} takes ${wanted ? `namespaces with ${selectorInWords(wanted)}` : 'its own namespace only'}`
        : `${whose} has no selector for ${monitor.kind}s, which takes none`
  return [{what: `${monitor.namespace}/${monitor.name}`, value: excerpt(words), source: 'selectors and labels'}]
}

function whyIdle(monitor: Monitor): EvidenceLine[] {
  return [
    {
      what: `${monitor.namespace}/${monitor.name}`,
      value: '0 active targets',
      source: 'running configuration, /api/v1/targets',
    },
  ]
}

function inWords(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  return pairs.length === 0 ? 'no labels' : pairs.join(', ')
}

/** Only where the targets of all pods of that agent are known, and one of them has the job in its configuration. */
function yieldsNothing(monitor: Monitor, taker: Taker, agents: readonly AgentFacts[]): boolean {
  const own = agents.filter(({namespace, name}) => namespace === taker.namespace && name === taker.name)
  if (taker.kind !== 'PrometheusAgent' || own.length === 0) return false
  const prefix = `${monitor.kind.charAt(0).toLowerCase()}${monitor.kind.slice(1)}/${monitor.namespace}/${monitor.name}`
  const isOf = (job: string) => job === prefix || job.startsWith(`${prefix}/`)
  return (
    own.every(({targets}) => targets?.pools.some(({name, active}) => isOf(name) && active > 0) === false) &&
    own.some(({config}) => config?.scrapeConfigs.some(({jobName}) => isOf(jobName)) === true) &&
    own.every(({process}) => process !== null && !process.young)
  )
}
