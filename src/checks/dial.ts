/**
 * What the connection counters of remote write say: net_conntrack_dialer_conn_{failed,established}_total with
 * dialer_name="remote_storage_write_client", shared by all queues of a process. They tell without a log why no connection comes
 * about, and they part a receiver that cannot be reached from one that is only slow, which the log of 3.x words alike.
 */
import {type Exposition, sum} from '../facts/exposition.ts'
import type {AgentFacts} from '../facts/types.ts'
import {formatCount} from '../units.ts'

export type DialFailure = 'refused' | 'resolution' | 'timeout'

const DIALER = {dialer_name: 'remote_storage_write_client'}

/** Connections that failed within the window, by the commonest reason; null when none failed or there is no window. */
export function dialFailure(agent: AgentFacts): {failure: DialFailure; words: string} | null {
  const reasons: [DialFailure, number][] = [
    ['refused', failedInWindow(agent, 'refused')],
    ['resolution', failedInWindow(agent, 'resolution')],
    ['timeout', failedInWindow(agent, 'timeout')],
  ]
  const [most] = reasons.sort((a, b) => b[1] - a[1])
  if (!most || most[1] <= 0) return null
  const [failure, times] = most
  return {failure, words: `${formatCount(times)} failed in the window, reason "${failure}"`}
}

/** `12 attempted, 9 established, 0 failed`, since the process started. */
export function dialsInWords({metrics}: AgentFacts): string {
  const counts = ['attempted', 'established', 'failed'].map(outcome => {
    const count = metrics === null ? null : sum(metrics, `net_conntrack_dialer_conn_${outcome}_total`, DIALER)
    return `${formatCount(count ?? 0)} ${outcome}`
  })
  return counts.join(', ')
}

/**
 * After a time-out: whether connections come about ('connects': the receiver is slow or hangs) or not ('fails': nothing gets
 * there); null when the counters are missing.
 */
export function connecting(agent: AgentFacts): 'connects' | 'fails' | null {
  if (agent.metrics === null) return null
  const failedEver = failedTotal(agent.metrics, 'timeout') + failedTotal(agent.metrics, 'unknown')
  const established = sum(agent.metrics, 'net_conntrack_dialer_conn_established_total', DIALER)
  if (established === null) return null
  if (failedInWindow(agent, 'timeout') + failedInWindow(agent, 'unknown') > 0) return 'fails'
  const before =
    agent.firstMetrics === null ? null : sum(agent.firstMetrics, 'net_conntrack_dialer_conn_established_total', DIALER)
  if (before !== null && agent.interval === 'valid' && established > before) return 'connects'
  // The dial outlives the request that asked for it (Go 1.23 and later): for the kernel's two minutes it has neither failed nor
  // come about, while requests time out after remote_timeout. So what was begun and has no outcome is a dial that hangs.
  const begun = sum(agent.metrics, 'net_conntrack_dialer_conn_attempted_total', DIALER) ?? 0
  const failed = sum(agent.metrics, 'net_conntrack_dialer_conn_failed_total', DIALER) ?? 0
  if (begun > established + failed) return 'fails'
  // A dial takes up to remote_timeout (30 s), longer than the window: then the levels have to do.
  return failedEver > 0 ? 'fails' : 'connects'
}

function failedInWindow(agent: AgentFacts, reason: string): number {
  if (agent.metrics === null || agent.firstMetrics === null || agent.interval !== 'valid') return 0
  return failedTotal(agent.metrics, reason) - failedTotal(agent.firstMetrics, reason)
}

function failedTotal(metrics: Exposition, reason: string): number {
  return sum(metrics, 'net_conntrack_dialer_conn_failed_total', {...DIALER, reason}) ?? 0
}
