/** Why no connection comes about, without a log; and what parts a receiver that cannot be reached from one that is only slow. */
import {DIAL_FAILURES, type DialFailure, dials, failedDials} from '../facts/queue/dialer.ts'
import type {AgentFacts} from '../facts/types.ts'
import {formatCount} from '../units.ts'

/** Connections that failed within the window, by the commonest reason; null when none failed or there is no window. */
export function dialFailure(agent: AgentFacts): {failure: DialFailure; words: string} | null {
  const reasons = DIAL_FAILURES.map(failure => ({failure, times: failedInWindow(agent, failure)}))
  const [most] = reasons.sort((a, b) => b.times - a.times)
  if (!most || most.times <= 0) return null
  return {failure: most.failure, words: `${formatCount(most.times)} failed in the window, reason "${most.failure}"`}
}

/** `12 attempted, 9 established, 0 failed`, since the process started. */
export function dialsInWords({metrics}: AgentFacts): string {
  const counts = (['attempted', 'established', 'failed'] as const).map(outcome => {
    const count = metrics === null ? null : dials(metrics, outcome)
    return `${formatCount(count ?? 0)} ${outcome}`
  })
  return counts.join(', ')
}

/**
 * After a time-out: whether connections come about ('connects': the receiver is slow or hangs) or not ('fails': nothing gets
 * there); null when the counters are missing. The log of 3.x words the two alike.
 */
export function connecting(agent: AgentFacts): 'connects' | 'fails' | null {
  if (agent.metrics === null) return null
  const failedEver = failedDials(agent.metrics, 'timeout') + failedDials(agent.metrics, 'unknown')
  const established = dials(agent.metrics, 'established')
  if (established === null) return null
  if (failedInWindow(agent, 'timeout') + failedInWindow(agent, 'unknown') > 0) return 'fails'
  const before = agent.firstMetrics === null ? null : dials(agent.firstMetrics, 'established')
  if (before !== null && agent.interval === 'valid' && established > before) return 'connects'
  // The dial outlives the request that asked for it (Go 1.23 and later): for the kernel's two minutes it has neither failed nor
  // come about, while requests time out after remote_timeout. So what was begun and has no outcome is a dial that hangs.
  const begun = dials(agent.metrics, 'attempted') ?? 0
  const failed = dials(agent.metrics, 'failed') ?? 0
  if (begun > established + failed) return 'fails'
  // A dial takes up to remote_timeout (30 s), longer than the window: then the levels have to do.
  return failedEver > 0 ? 'fails' : 'connects'
}

function failedInWindow(agent: AgentFacts, reason: DialFailure): number {
  if (agent.metrics === null || agent.firstMetrics === null || agent.interval !== 'valid') return 0
  return failedDials(agent.metrics, reason) - failedDials(agent.firstMetrics, reason)
}
