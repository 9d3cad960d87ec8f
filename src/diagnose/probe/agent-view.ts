/** The way to a receiver as the agent itself sees it: its queue, its log, its connection counters. Nothing is sent for it. */
import type {EvidenceLine} from '../../checks/check.ts'
import type {ErrorClass} from '../../facts/log/signatures/signature.ts'
import type {ProbeLayer} from '../../facts/probe/layers.ts'
import {DIAL_FAILURES, dials, failedDials} from '../../facts/queue/dialer.ts'
import {isRefusal} from '../../facts/queue/errors.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import {agentWords} from '../../facts/words.ts'
import {formatCount, formatRate, formatSeconds} from '../../units.ts'
import {type Decision, decideQueueState} from '../state.ts'
import type {ProbeView} from './endpoint-probe.ts'
import {mayBeOver} from './refused-before.ts'

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
  'no-token': 'authentication',
  'receiver-disabled': 'receiver',
  'wrong-path': 'receiver',
  'method-not-allowed': 'receiver',
  'unsupported-protocol': 'receiver',
  'html-bad-request': null, // before 3.0 the log keeps its first line: of the request, the scheme or a missing certificate
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
  'histograms-disabled': 'accept',
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
  return {
    from: 'agent',
    place: agentWords(agent),
    ...(queue === null ? unseen(whyUnseen(agent)) : seenBy(agent, queue, fleet)),
    at: agent.window.to,
    seconds: queue?.batchSeconds ?? null,
    ...(queue !== null && queue.delta !== null && {finishes: queue.finished}),
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
  const decision = decideQueueState(agent, queue, fleet)
  const {state, reason} = decision
  const error = queue.errors.find(({current}) => current)
  if (mayBeOver(agent, queue, decision)) return unknownIfRefused(queue, decision)
  if (error !== undefined && (state !== 'delivering' || !queue.finished)) {
    return {outcome: 'fails', layer: layerOf(error.class, agent, queue), class: error.class, says: error.text}
  }
  if (state === 'delivering') return {outcome: 'works', layer: null, class: null, says: deliversWords(queue)}
  if (state === 'unknown' && hasOnlySucceeded(queue))
    return {outcome: 'works', layer: null, class: null, says: `all it has sent was taken; ${reason}`}
  if (state === 'unknown' && hasOnlyFailed(queue))
    return {outcome: 'fails', layer: dialLayer(agent), class: null, says: `nothing it has sent was taken; ${reason}`}
  if (state === 'silent' || state === 'unknown') return unseen(reason)
  if (queue.finished && (queue.failureRatio ?? 0) < 1) return {outcome: 'works', layer: null, class: null, says: reason}
  const layer = dialLayer(agent)
  return {outcome: 'fails', layer, class: null, says: reason}
}

function unknownIfRefused({errors}: QueueFacts, {row, reason}: Decision): Seen {
  const error = errors.find(isRefusal)
  const says =
    row === 4 || row === 12
      ? reason
      : `samples were refused (${error?.text}), and one scrape does not tell whether they still are`
  return {outcome: 'unknown', layer: 'accept', class: error?.class ?? null, says}
}

/** Too young, or too seldom, to say that it delivers; the way is another matter. */
function hasOnlySucceeded({levels, highestSentSeconds}: QueueFacts): boolean {
  return highestSentSeconds !== null && levels.bytes > 0 && levels.retried === 0 && levels.failed === 0
}

function hasOnlyFailed({levels, highestSentSeconds, finished}: QueueFacts): boolean {
  return highestSentSeconds === null && !finished && levels.retried + levels.failed > 0
}

/** A time-out is the network's where no connection comes about; among several queues their counters do not tell whose it is. */
function layerOf(errorClass: ErrorClass, agent: AgentFacts, {endpoint}: QueueFacts): ProbeLayer | null {
  if (errorClass === 'scheme-mismatch') return endpoint?.scheme === 'http' ? 'http' : 'tls'
  if (errorClass !== 'timed-out' || connects(agent)) return LAYER_OF[errorClass]
  return agent.queues.length === 1 ? 'tcp' : null
}

function deliversWords({deliveredPerSecond, offeredPerSecond, batchSeconds}: QueueFacts): string {
  const rate = deliveredPerSecond === null ? 'delivers' : `delivers ${formatRate(deliveredPerSecond, offeredPerSecond)}`
  return batchSeconds === null ? rate : `${rate}, a request takes ${formatSeconds(batchSeconds)}`
}

/** False where connections were begun and have not come about. */
function connects({metrics}: AgentFacts): boolean {
  if (metrics === null) return true
  const established = dials(metrics, 'established')
  if (established === null) return true
  const failed = DIAL_FAILURES.reduce((total, reason) => total + failedDials(metrics, reason), 0)
  const pending = (dials(metrics, 'attempted') ?? 0) - established - failed
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
