/** The way to a receiver as the agent itself sees it: its queue, its log, its connection counters. Nothing is sent for it. */
import type {EvidenceLine} from '../../checks/check.ts'
import type {ErrorClass} from '../../facts/log/error-classes.ts'
import type {ProbeLayer} from '../../facts/probe/layers.ts'
import {DIAL_FAILURES, dials, failedDials} from '../../facts/queue/dialer.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import {formatCount, formatRate, formatSeconds} from '../../units.ts'
import {decideQueueState} from '../state.ts'
import type {ProbeView} from './probe-report.ts'

/** At which layer an error of the agent's log stands; null where its words do not tell. */
const LAYER_OF: Record<ErrorClass, ProbeLayer | null> = {
  'name-not-resolved': 'dns',
  refused: 'tcp',
  unreachable: 'tcp',
  'no-route': 'tcp',
  'timed-out': 'http',
  'connection-reset': 'http',
  'tls-untrusted': 'tls',
  'tls-name-mismatch': 'tls',
  'tls-expired': 'tls',
  'tls-client-certificate': 'tls',
  'tls-failed': 'tls',
  'scheme-mismatch': 'tls',
  proxy: 'proxy',
  redirected: 'http',
  unauthorized: 'authentication',
  'no-tenant': 'authentication',
  forbidden: 'authentication',
  'credentials-unreadable': 'authentication',
  'receiver-disabled': 'receiver',
  'wrong-path': 'receiver',
  'method-not-allowed': 'receiver',
  'unsupported-protocol': 'receiver',
  'html-bad-request': 'receiver',
  'bad-gateway': 'receiver',
  'gateway-timeout': 'receiver',
  'payload-too-large': 'accept',
  'rate-limited': 'accept',
  'out-of-order': 'accept',
  'duplicate-sample': 'accept',
  'out-of-bounds': 'accept',
  'too-old': 'accept',
  future: 'accept',
  'series-limit': 'accept',
  'invalid-series': 'accept',
  'label-not-unique': 'accept',
  conflict: 'accept',
  'bad-request': 'accept',
  'server-error': 'accept',
  unavailable: 'accept',
  'invalid-url': 'dns',
  cancelled: null,
  unknown: null,
}

type Seen = Pick<ProbeView, 'outcome' | 'layer' | 'class' | 'says'>

/** `queue` is null where the agent's metrics could not be read. */
export function agentView(agent: AgentFacts, queue: QueueFacts | null, fleet: readonly AgentFacts[]): ProbeView {
  const {context, namespace, pod, name} = agent
  return {
    from: 'agent',
    place: `${context} ${namespace}/${pod === '' ? name : pod}`,
    ...(queue === null ? unseen(whyUnseen(agent)) : seenBy(agent, queue, fleet)),
    at: agent.window.to,
    seconds: queue?.batchSeconds ?? null,
    layers: [],
    measured: queue === null ? [] : measuredBy(agent, queue),
    notes: [],
  }
}

const unseen = (says: string): Seen => ({outcome: 'unknown', layer: null, class: null, says})

function whyUnseen({metricsFailure, metrics, pod}: AgentFacts): string {
  if (pod === '') return 'it has no pod'
  if (metrics !== null) return 'it has no queue for this endpoint'
  return metricsFailure !== null && !metricsFailure.ok ? metricsFailure.detail : 'its metrics were not read'
}

function seenBy(agent: AgentFacts, queue: QueueFacts, fleet: readonly AgentFacts[]): Seen {
  const {state, reason} = decideQueueState(agent, queue, fleet)
  const error = queue.errors.find(({current}) => current)
  if (error !== undefined && (state !== 'delivering' || !queue.finished)) {
    const layer = error.class === 'timed-out' && !connects(agent) ? 'tcp' : LAYER_OF[error.class]
    return {outcome: 'fails', layer, class: error.class, says: error.text}
  }
  if (state === 'delivering') return {outcome: 'works', layer: null, class: null, says: deliversWords(queue)}
  if (state === 'unknown' && hasOnlySucceeded(queue))
    return {outcome: 'works', layer: null, class: null, says: `all it has sent was taken; ${reason}`}
  if (state === 'silent' || state === 'unknown') return unseen(reason)
  if (queue.finished && (queue.failureRatio ?? 0) < 1) return {outcome: 'works', layer: null, class: null, says: reason}
  const layer = dialLayer(agent)
  return {outcome: 'fails', layer, class: null, says: reason}
}

/** Too young, or too seldom, to say that it delivers; the way is another matter. */
function hasOnlySucceeded({levels, highestSentSeconds}: QueueFacts): boolean {
  return highestSentSeconds !== null && levels.bytes > 0 && levels.retried === 0 && levels.failed === 0
}

function deliversWords({deliveredPerSecond, offeredPerSecond, batchSeconds}: QueueFacts): string {
  const rate = deliveredPerSecond === null ? 'delivers' : `delivers ${formatRate(deliveredPerSecond, offeredPerSecond)}`
  return batchSeconds === null ? rate : `${rate}, a request takes ${formatSeconds(batchSeconds)}`
}

/** False where connections were begun and have not come about: a time-out is then the network's. */
function connects({metrics}: AgentFacts): boolean {
  if (metrics === null) return true
  const established = dials(metrics, 'established')
  if (established === null) return true
  const pending = (dials(metrics, 'attempted') ?? 0) - established - (dials(metrics, 'failed') ?? 0)
  return pending <= 0 && failedDials(metrics, 'timeout') === 0
}

/** Counted per process, so they speak of this queue where it is the only one, and where no connection ever came about. */
function dialLayer({metrics, queues}: AgentFacts): ProbeLayer | null {
  if (metrics === null || queues.length !== 1 || (dials(metrics, 'established') ?? 1) > 0) return null
  if (failedDials(metrics, 'resolution') > 0) return 'dns'
  return DIAL_FAILURES.some(reason => failedDials(metrics, reason) > 0) ? 'tcp' : null
}

function measuredBy({metrics}: AgentFacts, {batchSeconds}: QueueFacts): EvidenceLine[] {
  const lines: EvidenceLine[] = []
  if (metrics !== null && dials(metrics, 'attempted') !== null) {
    const failed = DIAL_FAILURES.flatMap(reason => {
      const times = failedDials(metrics, reason)
      return times > 0 ? `${formatCount(times)} ${reason}` : []
    })
    lines.push({
      what: 'connections',
      value: `${formatCount(dials(metrics, 'attempted') ?? 0)} begun, ${formatCount(dials(metrics, 'established') ?? 0)} made${failed.length > 0 ? `, failed: ${failed.join(', ')}` : ''} since it started`,
      source: 'net_conntrack_dialer_conn_*_total',
    })
  }
  if (batchSeconds !== null)
    lines.push({
      what: 'requests',
      value: `take ${formatSeconds(batchSeconds)} on average`,
      source: 'prometheus_remote_storage_sent_batch_duration_seconds',
    })
  return lines
}
