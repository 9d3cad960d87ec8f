import type {AgentResource, ClaimEvidence, PodEvidence} from '../../evidence/types.ts'
import type {FleetFacts} from '../../facts/fleet.ts'
import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatNumberOf, formatSeconds, secondsOf} from '../../units.ts'
import type {EvidenceLine} from '../check.ts'
import {defineCheck} from '../check.ts'
import {type Found, type Judgement, judgeAgents} from '../judge.ts'
import {describePod, kubectlFor, settingsOf} from '../kubectl.ts'
import {agentContainer, exitInWords, isRunning} from '../pod.ts'
import {agentWords, excerpt} from '../words.ts'

/** Waiting reasons that are steps on the way to running, not problems by themselves. */
const ON_ITS_WAY = ['ContainerCreating', 'PodInitializing']

/** Warning events whose words say why a pod does not start. */
const TELLING_EVENTS = [
  'FailedScheduling',
  'FailedMount',
  'FailedAttachVolume',
  'FailedCreatePodSandBox',
  'Failed',
  'BackOff',
]

export default defineCheck({
  id: 'workload/not-running',
  title: 'the pod of every agent runs',
  severity: 'error',
  explains: ['access/agent-unreachable', 'delivery/stalled', 'scrape/no-targets'],
  needs: ['pod-status', 'events', 'claims', 'agent-resources'],
  evaluate: facts => judgeAgents(facts, agent => judge(agent, facts)),
  documentation: `
The pod of an agent is not running: pending, its image cannot be pulled, its volume claim is not bound, no node takes it, it was
evicted, or a PrometheusAgent has no pod at all. The finding quotes the condition's own words. A container that starts and ends
again and again is workload/crash-looping.

**Why it matters.** Nothing is scraped, so nothing is kept to be sent later: the gap grows until the pod runs.

**Threshold.** A pod that is being created or deleted is given ${THRESHOLDS.podStuckSeconds} s.

**What to do.** Follow the words of the scheduler or the kubelet: free resources or lower requests, fix the image name or its
pull secret, fix the storage class. \`kubectl describe pod\` shows the events, which live one hour.

**What not to do.** Do not delete the volume claim of an agent to get it scheduled: it holds its WAL.
`,
})

function judge(agent: AgentFacts, facts: FleetFacts): Judgement {
  const pod = agent.evidence.podStatus
  if (pod === null) return agent.pod === '' ? withoutPod(agent, facts) : {unknown: 'the state of its pod was not read'}
  if (isRunning(pod)) return 'holds'
  const container = agentContainer(pod)
  if (container?.state?.kind === 'waiting' && container.state.reason === 'CrashLoopBackOff') return 'does-not-apply'
  const began = secondsOf(pod.deletedAt ?? pod.createdAt)
  const ageSeconds = Math.max(0, facts.nowSeconds - began)
  const words = reasonOf(pod, unboundClaims(agent))
  if (ageSeconds < facts.thresholds.podStuckSeconds && words.passing)
    return {
      unknown: `its pod has been ${pod.deletedAt === null ? 'starting' : 'terminating'} for ${formatSeconds(ageSeconds)}`,
    }
  const settings = settingsOf(agent)
  return {
    severity: 'error',
    blame: 'cluster',
    title: `${agentWords(agent)} is not running: ${words.short}`,
    ...(Number.isFinite(began) && {since: pod.deletedAt ?? stoppedAt(pod) ?? pod.createdAt}),
    evidence: [
      {
        what: 'pod',
        value: `${pod.phase}${pod.deletedAt === null ? '' : ', being deleted'} for ${formatSeconds(ageSeconds)}`,
        source: 'pod status',
      },
      ...(words.long === null ? [] : [{what: 'reason', value: excerpt(words.long), source: words.source}]),
      ...eventLines(agent),
      ...claimLines(agent),
    ],
    why: 'While it is down nothing is scraped, so nothing can be sent later: the gap grows until it runs again.',
    remedy: [
      {text: 'read the events of the pod, and fix what they name', command: describePod(agent), changes: false},
      {text: `see its settings in ${settings.kept}`, command: settings.show, changes: false},
    ],
  }
}

interface Reason {
  short: string
  long: string | null
  source: string
  /** A step on the way to running, when it is young. */
  passing: boolean
}

function reasonOf(pod: PodEvidence, unbound: readonly ClaimEvidence[]): Reason {
  const container = agentContainer(pod)
  const unscheduled = pod.conditions.find(({type, status}) => type === 'PodScheduled' && status === 'False')
  if (unscheduled) {
    const short =
      unscheduled.reason === 'Unschedulable' || unscheduled.reason === null ? 'no node can run it' : unscheduled.reason
    return {short, long: unscheduled.message, source: 'pod condition PodScheduled', passing: false}
  }
  // An init container or side car that is stuck keeps the agent waiting with a reason that says nothing.
  const stuck = pod.containers.find(
    ({state}) => state?.kind === 'waiting' && state.reason !== null && !ON_ITS_WAY.includes(state.reason),
  )
  if (stuck?.state?.reason)
    return {
      short: stuck === container ? stuck.state.reason : `container ${stuck.name}: ${stuck.state.reason}`,
      long: stuck.state.message,
      source: 'container state',
      passing: false,
    }
  if (container?.state?.kind === 'terminated') {
    const {exitCode, reason, message} = container.state
    return {
      short: exitInWords(exitCode, reason),
      long: message,
      source: 'container state',
      passing: pod.deletedAt !== null,
    }
  }
  if (pod.deletedAt !== null)
    return {short: 'it is being deleted and does not stop', long: pod.message, source: 'pod status', passing: true}
  if (pod.reason !== null) return {short: pod.reason, long: pod.message, source: 'pod status', passing: false}
  const waiting = container?.state?.reason ?? null
  const passing = pod.phase === 'Pending' || pod.phase === 'Running'
  const [claim] = unbound
  if (passing && claim)
    return {short: `its volume claim ${claim.name} is not bound`, long: null, source: 'volume claims', passing}
  if (pod.phase === 'Pending' && pod.node === null)
    return {short: 'it has no node yet, for no stated reason', long: null, source: 'pod status', passing}
  return {
    short: waiting === null ? `phase ${pod.phase}` : `still ${waiting}`,
    long: pod.message,
    source: 'pod status',
    passing,
  }
}

function stoppedAt(pod: PodEvidence): string | null {
  return agentContainer(pod)?.state?.finishedAt ?? null
}

function eventLines(agent: AgentFacts): EvidenceLine[] {
  const {events} = agent.evidence
  if (!events.ok) return []
  const telling = events.value
    .filter(event => event.type === 'Warning' && TELLING_EVENTS.includes(event.reason))
    .sort((a, b) => (b.last ?? '').localeCompare(a.last ?? ''))[0]
  if (!telling) return []
  return [
    {
      what: 'event',
      value: excerpt(`${telling.reason}: ${telling.message}`),
      source: telling.count > 1 ? `events, ${telling.count} times` : 'events',
      ...(telling.last !== null && {at: telling.last}),
    },
  ]
}

function unboundClaims(agent: AgentFacts): ClaimEvidence[] {
  const {claims} = agent.evidence
  return claims.ok ? claims.value.filter(claim => claim.phase !== 'Bound') : []
}

function claimLines(agent: AgentFacts): EvidenceLine[] {
  return unboundClaims(agent).map(claim => ({
    what: 'volume claim',
    value: `${claim.name} is ${claim.phase}, storage class ${claim.storageClass ?? 'not given'}`,
    source: 'volume claims',
  }))
}

/** A PrometheusAgent that no pod belongs to. */
function withoutPod(agent: AgentFacts, facts: FleetFacts): Found | 'does-not-apply' {
  const resource = resourceOf(agent, facts)
  const wanted = resource ? resource.replicas * resource.shards : null
  const reason = resource?.paused
    ? 'it is paused, so the operator ignores it'
    : resource && resource.mode !== 'DaemonSet' && wanted === 0
      ? 'it asks for 0 replicas'
      : 'the operator has created none'
  return {
    severity: 'error',
    blame: resource?.paused || wanted === 0 ? 'config' : 'cluster',
    title: `PrometheusAgent ${agentWords(agent)} has no pod: ${reason}`,
    evidence: [
      ...(resource
        ? [
            {
              what: 'asks for',
              value: `${resource.mode}, ${formatNumberOf(resource.replicas, 'replica')}, ${formatNumberOf(resource.shards, 'shard')}${resource.paused ? ', paused' : ''}`,
              source: 'PrometheusAgent resource',
            },
          ]
        : []),
      {what: 'pods', value: '0', source: 'pod lists'},
    ],
    why: 'Nothing is scraped and nothing is sent for this agent.',
    remedy: [
      {
        text: 'read its status and events: the operator says there why it creates no pod',
        command: kubectlFor(agent, 'describe', 'prometheusagents.monitoring.coreos.com', agent.name),
        changes: false,
      },
      ...(resource?.mode === 'DaemonSet'
        ? [{text: "mode DaemonSet needs the operator's feature gate PrometheusAgentDaemonSet", changes: false}]
        : []),
    ],
  }
}

function resourceOf(agent: AgentFacts, facts: FleetFacts): AgentResource | null {
  const resources = facts.contexts.find(context => context.name === agent.context)?.evidence.agentResources
  if (!resources?.ok) return null
  return resources.value.find(({namespace, name}) => namespace === agent.namespace && name === agent.name) ?? null
}
