/** Rows 1 and 2 of the decision table, and what else is decided before any queue is looked at: does it run, could we look? */
import type {ContainerState, FailureReason, PodEvidence, Timestamp} from '../evidence/types.ts'
import type {AgentFacts} from '../facts/types.ts'
import {formatSeconds, timestampOf} from '../units.ts'
import type {State} from './report.ts'

export interface ProcessDecision {
  state: State
  row: number
  reason: string
  since: Timestamp | null
}

/** null: the process runs, its metrics are read and it has queues, which then decide. */
export function decideProcessState(agent: AgentFacts): ProcessDecision | null {
  return (agent.metrics === null ? notRunning(agent) : null) ?? notReadable(agent) ?? withoutQueue(agent)
}

// Row 1, the process. Metrics that were read prove that it ran, whatever an older pod status says.
function notRunning(agent: AgentFacts): ProcessDecision | null {
  const silent = (reason: string, since: Timestamp | null): ProcessDecision => ({
    state: 'silent',
    row: 1,
    reason,
    since,
  })
  if (agent.pod === '') return silent('it has no pod', null)
  const pod = agent.evidence.podStatus
  if (pod === null || pod.deletedAt !== null) return null
  const container = pod.containers.find(({name}) => name === agent.evidence.container) ?? pod.containers[0]
  const stopped = container?.lastState?.finishedAt ?? null
  const {state} = container ?? {state: null}
  if (pod.phase === 'Pending')
    return silent(`its pod is pending${because(pendingReason(agent, pod, state))}`, pod.createdAt)
  if (state?.kind === 'waiting') return silent(`its container waits${because(state.reason)}`, stopped ?? pod.startedAt)
  if (state?.kind === 'terminated') return silent(`its container has ended${because(endOf(state))}`, state.finishedAt)
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed') {
    return silent(`its pod has ended${because(pod.reason ?? pod.phase)}`, stopped)
  }
  return null
}

function pendingReason(agent: AgentFacts, pod: PodEvidence, state: ContainerState | null): string | null {
  if (state?.kind === 'waiting' && state.reason !== null && state.reason !== 'ContainerCreating') return state.reason
  const unscheduled = pod.conditions.find(({type, status}) => type === 'PodScheduled' && status === 'False')
  if (unscheduled?.reason) return unscheduled.reason
  const {claims} = agent.evidence
  const unbound = claims.ok ? claims.value.find(({phase}) => phase !== 'Bound') : undefined
  if (unbound) return `volume claim ${unbound.name} is not bound`
  return pod.reason ?? (pod.node === null ? 'no node was chosen for it' : (state?.reason ?? null))
}

function endOf(state: ContainerState): string {
  return state.exitCode === null
    ? (state.reason ?? 'terminated')
    : `${state.reason ?? 'terminated'}, exit code ${state.exitCode}`
}

function because(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`
}

// Row 2: it may run, but could not be looked at, or has not come up yet.
function notReadable(agent: AgentFacts): ProcessDecision | null {
  const unknown = (reason: string): ProcessDecision => ({state: 'unknown', row: 2, reason, since: null})
  const {ready, podStatus} = agent.evidence
  if (ready.ok && ready.value.status === 503) return unknown('starting: it is not ready yet, the WAL is being replayed')
  if (agent.metrics !== null) return null
  if (podStatus !== null && podStatus.deletedAt !== null) return unknown('its pod is being deleted')
  if (agent.startingSeconds !== null) return unknown(`starting: ${startingInWords(agent.startingSeconds)}`)
  return unknown(whyUnread(agent))
}

function startingInWords(seconds: number): string {
  return `its container has run for ${formatSeconds(seconds)}, and nothing listens on its web port yet`
}

/** In a few words; the whole answer stands in the access/* finding. */
function whyUnread({metricsFailure}: AgentFacts): string {
  if (metricsFailure === null || metricsFailure.ok) return 'its metrics could not be read'
  return unreadPhrases[metricsFailure.reason] ?? metricsFailure.detail
}

const unreadPhrases: Partial<Record<FailureReason, string>> = {
  forbidden: 'may not port-forward or proxy to the pod',
  unauthorized: 'the API server does not accept the credentials',
  'agent-unauthorized': 'its web server asks for a user name and password',
  unreachable: 'no transport reaches its web port',
  untrusted: 'no transport reaches its web port',
  unusable: 'no transport reaches its web port',
  timeout: 'its web port did not answer in time',
  'not-found': 'its pod, or its /metrics, is not there',
  malformed: 'what its web port answers is not metrics',
  failed: 'its web port answers with an error',
  interrupted: 'the run was stopped before it was asked',
}

// Row 1, the endpoint: a process without one sends nothing. Without the configuration, a process that is up for long and shows
// no queue in its metrics has none: queues register theirs when the configuration is loaded (storage/remote/write.go).
function withoutQueue(agent: AgentFacts): ProcessDecision | null {
  if (agent.queues.length > 0) return null
  const since = agent.process?.lastReloadSuccessSeconds ?? agent.process?.startSeconds ?? null
  const silent = (reason: string): ProcessDecision => {
    return {state: 'silent', row: 1, reason, since: since === null ? null : timestampOf(since)}
  }
  if (agent.config !== null && agent.config.remoteWrites.length === 0)
    return silent('no remote_write endpoint is configured')
  const unknown = (reason: string, row = 12): ProcessDecision => ({state: 'unknown', row, reason, since: null})
  if (agent.process?.young === true) return unknown('it has just started and has no queue yet', 10)
  if (agent.config !== null) return unknown('remote_write is configured, but its metrics show no queue')
  if (agent.mode === 'unknown') return unknown('its metrics show no queue and its configuration could not be read')
  return silent('its metrics show no remote-write queue')
}
