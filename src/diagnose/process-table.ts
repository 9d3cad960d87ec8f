/** Rows 1 and 2 of the decision table, and what else is decided before any queue is looked at: does it run, could we look? */
import type {ContainerState, PodEvidence, Timestamp} from '../evidence/types.ts'
import type {AgentFacts} from '../facts/types.ts'
import {timestampOf} from '../units.ts'
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
  if (pod.phase === 'Pending') return silent(`its pod is pending${because(pendingReason(pod, state))}`, pod.createdAt)
  if (state?.kind === 'waiting') return silent(`its container waits${because(state.reason)}`, stopped ?? pod.startedAt)
  if (state?.kind === 'terminated') return silent(`its container has ended${because(endOf(state))}`, state.finishedAt)
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed') {
    return silent(`its pod has ended${because(pod.reason ?? pod.phase)}`, stopped)
  }
  return null
}

function pendingReason(pod: PodEvidence, state: ContainerState | null): string | null {
  if (state?.kind === 'waiting' && state.reason !== null && state.reason !== 'ContainerCreating') return state.reason
  const condition = pod.conditions.find(({status, reason}) => status === 'False' && reason !== null)
  return condition?.reason ?? pod.reason ?? state?.reason ?? null
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
  const failure = agent.metricsFailure
  return unknown(
    failure !== null && !failure.ok
      ? `its metrics could not be read: ${failure.detail}`
      : 'its metrics could not be read',
  )
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
