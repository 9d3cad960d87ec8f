/** An agent and its queues as the report shows them: the decisions, and the figures they were made from. */
import {readResources} from '../facts/resources.ts'
import type {AgentFacts} from '../facts/types.ts'
import {reportAtCentral} from './central-report.ts'
import {reportLosses} from './losses.ts'
import type {AgentReport, Arrival, QueueReport} from './report.ts'
import type {AgentDecision, QueueDecision} from './state.ts'

export function reportAgent({agent, state, row, reason, since, queues}: AgentDecision): AgentReport {
  const {context, namespace, pod, name, evidence, mode, transport, externalLabels, window} = agent
  return {
    key: agent.key,
    context,
    namespace,
    pod,
    podUid: evidence.podUid,
    container: pod === '' ? '' : evidence.container,
    name,
    kind: kindOf(agent),
    version: agent.version?.text ?? null,
    mode,
    transport,
    state,
    stateRow: row,
    stateReason: reason,
    since,
    externalLabels,
    group: agent.group.key,
    window: {from: window.from, to: window.to, scrapes: window.scrapes},
    resources: readResources(agent),
    queues: queues.map(decision => reportQueue(agent, decision)),
  }
}

function kindOf({signs, evidence}: AgentFacts): string {
  return signs.includes('resource') ? 'PrometheusAgent' : (evidence.workload?.kind ?? 'Pod')
}

export function reportQueue(agent: AgentFacts, {queue, state, row, reason}: QueueDecision): QueueReport {
  const {levels} = queue
  const {current, desired, min, max} = levels.shards
  return {
    name: queue.name,
    url: queue.url,
    state,
    stateRow: row,
    stateReason: reason,
    arrival: arrivalOf(queue, state),
    ...(queue.atCentral && {central: reportAtCentral(queue.atCentral)}),
    lagSeconds: queue.lagSeconds,
    lagSource: queue.lagSource,
    lastDeliveredAt: queue.lastDeliveredAt,
    deliveredPerSecond: queue.deliveredPerSecond,
    offeredPerSecond: queue.offeredPerSecond,
    ...(queue.ratesOver !== null && queue.ratesOver !== 'window' && {ratesOver: queue.ratesOver}),
    ...(queue.ratesSeconds !== undefined && {ratesSeconds: queue.ratesSeconds}),
    failureRatio: queue.failureRatio,
    ...(queue.failureSeconds !== undefined && {failureSeconds: queue.failureSeconds}),
    retryRatio: queue.retryRatio,
    pendingSamples: levels.pending,
    bytesPerSecond: queue.bytesPerSecond,
    shards: {current, desired, min, max},
    segments: {read: levels.readSegment, written: agent.wal.activeSegment},
    lossClock: queue.lossClock,
    catchUp: queue.catchUp,
    restartCost: queue.restartCost,
    losses: reportLosses(agent, queue),
  }
}

/**
 * A 2xx says that the receiver took the samples, not that they are stored: only the central itself can tell, and of an identity
 * that others write under it cannot tell whose samples they are.
 */
function arrivalOf({highestSentSeconds, atCentral}: QueueDecision['queue'], state: QueueReport['state']): Arrival {
  if (state !== 'delivering' || highestSentSeconds === null) return 'unknown'
  return atCentral?.freshness === 'fresh' && !atCentral.isShared ? 'stored' : 'accepted'
}
